-- Permits to ask a host. ARGV: session, host, how many all workers may have at once, the same
-- over all hosts, delay between two starts in ms, life of a permit in ms, and in MessagePack:
-- permits that end, permits wanted, permits that just began.
--
-- Returns nothing where the session is over; else how many of the wanted are given, in their
-- order, and after how many ms to ask again.

local session, host = ARGV[1], ARGV[2]
local limit, overall, delay, life = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local ended, wanted, begun = unpack(cmsgpack.unpack(ARGV[7]))
local held, waiting, all = name('permits:' .. host), name('waiting:' .. host), name('permits:')
local AGAIN, FORGOTTEN = 15, 1000
local now = milliseconds()

local function expire(permits)
  call('ZREMRANGEBYSCORE', permits, '-inf', now)
  return call('ZCARD', permits)
end

-- Others that wait and hold fewer, or were served longer ago, go first.
local function rivals()
  local count, own, holds = 0, 0, {}
  for _, permit in ipairs(call('ZRANGE', held, 0, -1)) do
    local holder = permit:match('^[^ ]+')
    holds[holder] = (holds[holder] or 0) + 1
  end
  own = holds[session] or 0
  local turn = tonumber(call('HGET', name('turns'), session) or 0)
  for _, other in ipairs(call('ZRANGEBYSCORE', waiting, now - FORGOTTEN, '+inf')) do
    if other ~= session then
      local theirs = holds[other] or 0
      local earlier = tonumber(call('HGET', name('turns'), other) or 0) < turn
      if theirs < own or (theirs == own and earlier) then count = count + 1 end
    end
  end
  return count
end

-- The next start: the delay after the last one; not before that one is known to have begun.
local function start_after()
  local given = call('HGET', name('starts'), 'given ' .. host)
  if given and call('ZSCORE', held, given) then return now + AGAIN end
  return tonumber(call('HGET', name('starts'), host) or 0)
end

local function give(permit)
  call('ZADD', held, now + life, permit)
  call('ZADD', all, now + life, permit)
  call('HSET', name('turns'), session, call('HINCRBY', name('turns'), '', 1))
  if delay > 0 then call('HSET', name('starts'), host, now + delay, 'given ' .. host, permit) end
end

if call('EXISTS', name('session:' .. session)) == 0 then return false end
call('SADD', name('hosts'), host, '')
for _, permit in ipairs(ended) do
  call('ZREM', held, permit)
  call('ZREM', all, permit)
end
for _, permit in ipairs(begun) do
  call('HSET', name('starts'), host, now + delay)
  if call('HGET', name('starts'), 'given ' .. host) == permit then
    call('HDEL', name('starts'), 'given ' .. host)
  end
end
local given = 0
for _, permit in ipairs(wanted) do
  if not call('ZSCORE', held, permit) then
    local free = math.min(limit - expire(held), overall - expire(all))
    if free <= rivals() or now < start_after() then break end
    give(permit)
  end
  given = given + 1
end
if given == #wanted then
  call('ZREM', waiting, session)
  return {given, 0}
end
call('ZADD', waiting, now, session)
return {given, math.max(AGAIN, start_after() - now)}
