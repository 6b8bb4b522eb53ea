/// What the server runs to delete one trial, and leave a tombstone.
enum DeletionScript {
    static let deletion = RedisScript(
        #"""
        local at = 0
        local function take() at = at + 1; return ARGV[at] end
        local function count() return tonumber(take()) end
        local id, number, key, expected, now = take(), take(), take(), take(), take()
        local own = id .. ':trialwatch:'
        if key ~= '' and redis.call('HGET', own .. 'runs', key) ~= number .. ' ' .. expected then return 'changed' end
        for _ = 1, count() do redis.call('DEL', take()) end
        for _ = 1, count() do
          local digest = take()
          if redis.call('HINCRBY', 'trialwatch:part_uses', digest, -1) <= 0 then
            redis.call('HDEL', 'trialwatch:part_uses', digest)
            redis.call('DEL', 'trialwatch:part:' .. digest)
          end
        end
        for _ = 1, count() do
          local digest = take()
          if redis.call('HINCRBY', own .. 'text_uses', digest, -1) <= 0 then
            redis.call('HDEL', own .. 'text_uses', digest)
            redis.call('HDEL', own .. 'texts', digest)
          end
        end
        if key ~= '' then redis.call('HSET', own .. 'runs', key, number .. ' deleted') end
        redis.call('HSET', own .. 'tombstones', number, key .. ' ' .. now)
        redis.call('ZADD', 'trialwatch:changes', redis.call('INCR', 'trialwatch:change_count'), id .. ' ' .. number)
        return 'done'
        """#)
}
