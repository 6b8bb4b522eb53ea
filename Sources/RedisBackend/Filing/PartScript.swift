/// What the server runs to take an upload up as a part, or without one to go on keeping the part that is there. A part that no
/// trial has within a day goes by itself.
enum PartScript {
    static let keeping = RedisScript(
        #"""
        local isThere = redis.call('EXISTS', ARGV[2]) == 1
        if ARGV[1] == '' then
          if not isThere then return 'gone' end
        elseif isThere then
          redis.call('DEL', ARGV[1])
        else
          redis.call('RENAME', ARGV[1], ARGV[2])
          redis.call('EXPIRE', ARGV[2], 86400)
        end
        if redis.call('TTL', ARGV[2]) >= 0 then redis.call('EXPIRE', ARGV[2], 86400) end
        return 'done'
        """#)
}
