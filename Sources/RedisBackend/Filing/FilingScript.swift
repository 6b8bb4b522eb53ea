/// What the server runs to file one run: all of it or nothing, whoever else files at the same time.
///
/// Everything that can be wrong is looked at before the first write. Its arguments are those that ``FilingCall`` makes, in the
/// order in which they are taken here.
enum FilingScript {
    static let filing = RedisScript(text)

    private static let text = #"""
        local at = 0
        local function take() at = at + 1; return ARGV[at] end
        local function count() return tonumber(take()) end
        -- Large values wait under a name of their own ('@'), others are here ('=').
        local function value() return { kind = take(), content = take() } end
        local function content(v)
          if v.kind == '=' then return v.content end
          local text = redis.call('GET', v.content)
          redis.call('DEL', v.content)
          return text
        end
        -- What is at hand is written with one command at the end: each call of one costs as much as what it does.
        local written = {}
        local function set(key, text)
          written[#written + 1] = key
          written[#written + 1] = text
        end
        local function put(key, v)
          if v.kind == '=' then return set(key, v.content) end
          redis.call('RENAME', v.content, key)
          redis.call('PERSIST', key)
        end

        local id, key, expected, revision, wanted, filed = take(), take(), take(), take(), take(), take()
        local own = id .. ':trialwatch:'
        local number
        local held = redis.call('HGET', own .. 'runs', key)
        if held then
          local n, r = string.match(held, '^(%d+) (.+)$')
          number = n
          if r == 'deleted' then return { 'deleted', n } end
          if wanted ~= '' and wanted ~= n then return { 'elsewhere', n } end
          if tonumber(r) >= tonumber(revision) then return { 'done', n, r } end
          if expected ~= r then return { 'changed' } end
        elseif expected ~= '' then
          return { 'changed' }
        end
        local function taken(n)
          return redis.call('EXISTS', own .. 'trial:' .. n, id .. ':parameter:' .. n) > 0
            or redis.call('HEXISTS', own .. 'tombstones', n) == 1
        end
        if not held and wanted ~= '' and taken(wanted) then return { 'taken', wanted } end

        for _ = 1, count() do
          if redis.call('EXISTS', take()) == 0 then return { 'again' } end
        end
        local parts = {}
        for i = 1, count() do
          local digest, isNew = take(), take()
          if redis.call('EXISTS', 'trialwatch:part:' .. digest) == 0 then return { 'part', digest } end
          parts[i] = { digest, isNew }
        end
        local texts, digests = {}, {}
        for i = 1, count() do
          digests[i] = take()
          texts[i] = value()
        end
        local uses = #digests > 0 and redis.call('HMGET', own .. 'text_uses', unpack(digests)) or {}
        for i, text in ipairs(texts) do
          if text.kind == '?' and not uses[i] then return { 'text', digests[i] } end
        end
        local isStoredAs, asIdentifier = take(), take()
        local names, fields = {}, {}
        for i = 1, count() do
          names[i] = { kind = take(), name = take(), nearest = take() }
          fields[i] = names[i].kind .. ' ' .. names[i].name
        end
        for first = 1, #fields, 1000 do
          local known = redis.call('HMGET', own .. 'names', unpack(fields, first, math.min(first + 999, #fields)))
          for i, stored in ipairs(known) do names[first + i - 1].stored = stored end
        end
        local series = {}
        for i = 1, count() do
          local one = { name = names[count()], keep = count(), kind = take() }
          if one.kind == '@' then
            one.upload = take()
          else
            one.count = count()
            one.first = at + 1
            at = at + one.count
          end
          if one.keep > 0 then
            local length = 0
            if one.name.stored then
              length = redis.call('LLEN', id .. ':metric:' .. one.name.stored .. ':' .. number)
            end
            if length < one.keep then return { 'gap', one.name.name, length } end
          end
          series[i] = one
        end

        -- From here on nothing is refused.
        if not held then
          if wanted ~= '' then
            number = wanted
            if tonumber(redis.call('GET', id .. ':trial_id') or '0') < tonumber(wanted) then
              redis.call('SET', id .. ':trial_id', wanted)
            end
          else
            repeat
              number = string.format('%.0f', redis.call('INCR', id .. ':trial_id'))
            until not taken(number)
          end
        end
        local notices = {}
        local function tell(sentence) notices[#notices + 1] = sentence end

        for _, part in ipairs(parts) do
          if part[2] == '1' then
            redis.call('HINCRBY', 'trialwatch:part_uses', part[1], 1)
            redis.call('PERSIST', 'trialwatch:part:' .. part[1])
          end
        end
        for _ = 1, count() do
          local digest = take()
          if redis.call('HINCRBY', 'trialwatch:part_uses', digest, -1) <= 0 then
            redis.call('HDEL', 'trialwatch:part_uses', digest)
            redis.call('DEL', 'trialwatch:part:' .. digest)
          end
        end
        local used = {}
        for i, text in ipairs(texts) do
          if text.kind ~= '?' then
            local whole = content(text)
            if redis.call('HEXISTS', own .. 'texts', digests[i]) == 0 then
              redis.call('HSET', own .. 'texts', digests[i], whole)
            end
          end
          used[2 * i - 1] = digests[i]
          used[2 * i] = string.format('%.0f', (uses[i] or 0) + 1)
        end
        if #used > 0 then redis.call('HSET', own .. 'text_uses', unpack(used)) end
        for _ = 1, count() do
          local digest = take()
          if redis.call('HINCRBY', own .. 'text_uses', digest, -1) <= 0 then
            redis.call('HDEL', own .. 'text_uses', digest)
            redis.call('HDEL', own .. 'texts', digest)
          end
        end
        for _, one in ipairs(names) do
          if not one.stored then
            local stored, times = one.nearest, 1
            while redis.call('HEXISTS', own .. 'originals', one.kind .. ' ' .. stored) == 1 do
              times = times + 1
              local suffix = '_' .. times
              local length = math.min(#one.nearest, 80 - #suffix)
              -- A character of several bytes is not cut.
              while length > 0 do
                local byte = string.byte(one.nearest, length + 1)
                if not byte or byte < 128 or byte >= 192 then break end
                length = length - 1
              end
              stored = string.sub(one.nearest, 1, length) .. suffix
            end
            redis.call('HSET', own .. 'names', one.kind .. ' ' .. one.name, stored)
            redis.call('HSET', own .. 'originals', one.kind .. ' ' .. stored, one.name)
            one.stored = stored
            if stored ~= one.name then tell(one.kind .. ' ' .. one.name .. isStoredAs .. stored .. asIdentifier) end
          end
        end
        local emptied = {}
        for _, one in ipairs(series) do
          one.list = id .. ':metric:' .. one.name.stored .. ':' .. number
          if one.keep == 0 then
            emptied[#emptied + 1] = one.list
          elseif redis.call('LLEN', one.list) > one.keep then
            redis.call('LTRIM', one.list, 0, one.keep - 1)
          end
        end
        for first = 1, #emptied, 1000 do
          redis.call('DEL', unpack(emptied, first, math.min(first + 999, #emptied)))
        end
        for _, one in ipairs(series) do
          local list = one.list
          if one.upload then
            if one.keep == 0 then
              redis.call('RENAME', one.upload, list)
              redis.call('PERSIST', list)
            else
              for first = 0, redis.call('LLEN', one.upload) - 1, 1000 do
                redis.call('RPUSH', list, unpack(redis.call('LRANGE', one.upload, first, first + 999)))
              end
              redis.call('DEL', one.upload)
            end
          else
            for first = one.first, one.first + one.count - 1, 1000 do
              redis.call('RPUSH', list, unpack(ARGV, first, math.min(first + 999, one.first + one.count - 1)))
            end
          end
        end
        for _ = 1, count() do put(id .. ':parameter:' .. number, value()) end
        local history = take()
        if history == 'set' then put(id .. ':history:' .. number, value())
        elseif history == 'delete' then redis.call('DEL', id .. ':history:' .. number) end
        for _ = 1, count() do
          local before = take()
          set(id .. ':code:' .. number, before .. number .. '\n' .. content(value()))
        end
        local changed, compared, lastKeys = {}, {}, {}
        local last = string.format('%.0f', tonumber(number) - 1)
        for _ = 1, count() do
          local name, second, isCompared, text = take(), take(), take(), value()
          if isCompared == '1' and text.kind == '=' then
            compared[#compared + 1] = { name, text.content }
            lastKeys[#compared] = id .. ':' .. name .. ':' .. last
          end
          put(id .. ':' .. name .. ':' .. number, text)
          if second ~= '' and text.kind == '=' then
            set(id .. ':' .. second .. ':' .. number, text.content)
          elseif second ~= '' then
            redis.call('SET', id .. ':' .. second .. ':' .. number, redis.call('GET', id .. ':' .. name .. ':' .. number))
          end
        end
        for i, before in ipairs(#lastKeys > 0 and redis.call('MGET', unpack(lastKeys)) or {}) do
          if before and before ~= compared[i][2] then changed[#changed + 1] = compared[i][1] end
        end
        local before, between = take(), take()
        if #changed > 0 then tell(before .. last .. between .. table.concat(changed, ', ')) end
        for _ = 1, count() do
          local one = names[count()]
          put(id .. ':persist:' .. one.stored .. ':' .. number, value())
        end
        local outputs = {}
        for _ = 1, count() do
          local step, output, sentence = id .. ':step_hash:' .. take(), take(), take()
          local known = outputs[step] or redis.call('GET', step)
          if known and known ~= output then tell(sentence) end
          outputs[step] = output
          set(step, output)
        end
        for _ = 1, count() do tell(take()) end
        local told, isTold = {}, {}
        for i = 1, count() do
          local sentence = take()
          told[i] = cjson.encode(sentence)
          isTold[sentence] = true
        end
        for _, sentence in ipairs(notices) do
          if not isTold[sentence] then
            told[#told + 1] = cjson.encode(sentence)
            isTold[sentence] = true
          end
        end
        local head, body = take(), value()
        set(own .. 'trial:' .. number, head .. number .. content(body) .. '[' .. table.concat(told, ',') .. ']}')
        for first = 1, #written, 1000 do
          redis.call('MSET', unpack(written, first, math.min(first + 999, #written)))
        end
        redis.call('HSET', own .. 'runs', key, number .. ' ' .. revision)
        redis.call('SADD', 'trialwatch:experiments', id)
        redis.call('HSET', 'trialwatch:filed', id, filed)
        redis.call('ZADD', 'trialwatch:changes', redis.call('INCR', 'trialwatch:change_count'), id .. ' ' .. number)
        return { 'done', number, revision, unpack(notices) }
        """#
}
