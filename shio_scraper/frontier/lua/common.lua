-- What all scripts of the frontier share.
--
-- KEYS[1] is the crawl: a hash, with the hash of its parts beside it. KEYS[2] is what the names
-- of its present generation begin with:
--   due       id → priority, negated: requests that wait, equal ones in order of their ids
--   data      id → a request's bytes, until it is done
--   seen      fingerprint → id
--   failed    id → {priority, negated, reason}
--   counts    `id`, the last one given; `done`
--   sessions  session → when it was last heard of; session:X has its last exchange and its part
--   leased:X  id → priority, negated: what session X has in hand
--   claims    identity → digest; until the record is written for good {digest, owner, session}
--   owned     owner → identities that it claimed
--   spares    identity → a request that gives it, for the case that its owner does not
--   hosts, permits:H, waiting:H, turns, starts: politeness
-- KEYS[3] and KEYS[4] are what the site remembers: key → value, and key → when it is due.

local crawl, parts, prefix = KEYS[1], KEYS[1] .. ':parts', KEYS[2]
local memory, due_again = KEYS[3], KEYS[4]
local call = redis.call

local LAST = 1000  -- LAST of store.py, negated
local NEVER = 1000000

local function name(kind) return prefix .. kind end

local function milliseconds()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function new_id()
  return string.format('%012d', call('HINCRBY', name('counts'), 'id', 1))
end

local function wait_for(id, order, data)
  call('ZADD', name('due'), order, id)
  call('HSET', name('data'), id, data)
end

-- End the claims of `owner`: what is not written by now it does not give, so that the copy of
-- it on another page, if one was kept, is to be written.
local function settle(owner)
  local owned = call('HGET', name('owned'), owner)
  if not owned then return end
  call('HDEL', name('owned'), owner)
  for _, identity in ipairs(cmsgpack.unpack(owned)) do
    local found = call('HGET', name('claims'), identity)
    local claim = found and #found ~= 32 and cmsgpack.unpack(found)
    if claim and claim[2] == owner then
      local spare = call('HGET', name('spares'), identity)
      call('HDEL', name('claims'), identity)
      if spare then
        call('HDEL', name('spares'), identity)
        wait_for(new_id(), 0, spare)
      end
    end
  end
end

-- End a session: what it had in hand waits again.
local function remove(session)
  local held = call('ZRANGE', name('leased:' .. session), 0, -1, 'WITHSCORES')
  for i = 1, #held, 2 do call('ZADD', name('due'), held[i + 1], held[i]) end
  settle('session ' .. session)
  for _, host in ipairs(call('SMEMBERS', name('hosts'))) do
    for _, permit in ipairs(call('ZRANGE', name('permits:' .. host), 0, -1)) do
      if permit:sub(1, #session + 1) == session .. ' ' then
        call('ZREM', name('permits:' .. host), permit)
      end
    end
    call('ZREM', name('waiting:' .. host), session)
  end
  call('DEL', name('leased:' .. session), name('session:' .. session))
  call('ZREM', name('sessions'), session)
end

-- Delete a generation.
local function forget()
  for _, session in ipairs(call('ZRANGE', name('sessions'), 0, -1)) do
    call('DEL', name('leased:' .. session), name('session:' .. session))
  end
  for _, host in ipairs(call('SMEMBERS', name('hosts'))) do
    call('DEL', name('permits:' .. host), name('waiting:' .. host))
  end
  for _, kind in ipairs({'due', 'data', 'seen', 'failed', 'counts', 'sessions', 'claims', 'owned',
                         'spares', 'hosts', 'turns', 'starts', 'clock'}) do
    call('UNLINK', name(kind))
  end
end

local function leased(upper)
  local sum = 0
  for _, session in ipairs(call('ZRANGE', name('sessions'), 0, -1)) do
    sum = sum + call('ZCOUNT', name('leased:' .. session), '-inf', upper)
  end
  return sum
end

-- Waiting, leased, failed, done.
local function counts()
  return {call('ZCARD', name('due')), leased('+inf'), call('HLEN', name('failed')),
          tonumber(call('HGET', name('counts'), 'done') or 0)}
end

