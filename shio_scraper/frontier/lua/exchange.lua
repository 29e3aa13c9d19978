-- One exchange of a worker, in one step. ARGV: session, number of the exchange, lease in ms, how
-- many requests it would take, text of its part or nothing; then what it has to say, in lists of
-- tuples, each behind its length: requests (fingerprint or nothing, priority negated, bytes),
-- done (id), failed (id, reason), claims (owner, identity, digest), spares (identity, bytes),
-- written (identity), remembered and sighted (key, when it is due or nothing, value).
--
-- Returns nothing where the session is over; else what is leased (id, priority negated, bytes),
-- verdicts on the claims, how many requests were known, counts. A repeated exchange changes nothing and returns the same.

local session, number, lease, wanted = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local me, mine = name('session:' .. session), name('leased:' .. session)
local part, position = ARGV[5], 6

-- Return the next list; `width` is that of its tuples.
local function tuples(width)
  local found, length = {}, tonumber(ARGV[position])
  position = position + 1
  for i = 1, length do
    found[i] = {}
    for k = 1, width do found[i][k] = ARGV[position + k - 1] end
    position = position + width
  end
  return found
end

local adds, done, failed = tuples(3), tuples(1), tuples(2)
local claims, spares, written = tuples(3), tuples(2), tuples(1)
local remembered, sighted = tuples(3), tuples(3)

-- Time passes only while Redis hears of workers: while it is away, none of them ages.
local function reclaim()
  local now = milliseconds()
  local heard = tonumber(call('HGET', name('clock'), 'heard') or now)
  local time = tonumber(call('HGET', name('clock'), 'time') or 0)
  time = time + math.max(0, math.min(now - heard, lease / 3))
  call('HSET', name('clock'), 'heard', now, 'time', string.format('%d', time))
  call('ZADD', name('sessions'), time, session)
  local over = call('ZRANGEBYSCORE', name('sessions'), '-inf', '(' .. string.format('%d', time - lease))
  for _, other in ipairs(over) do remove(other) end
end

-- Store a request, unless its page is known. One at LAST makes place for one at a higher priority.
local function add(fingerprint, priority, data)
  local id, order = nil, tonumber(priority)
  if fingerprint ~= '' then
    local known = call('HGET', name('seen'), fingerprint)
    if known then
      local waits = tonumber(call('ZSCORE', name('due'), known) or 0)
      if waits < LAST or (order >= LAST and order < NEVER) then return 1 end
      call('ZREM', name('due'), known)
      call('HDEL', name('data'), known)
      settle(known)
    end
    id = new_id()
    call('HSET', name('seen'), fingerprint, id)
  end
  if order >= NEVER then
    call('HINCRBY', name('counts'), 'done', 1)
  else
    wait_for(id or new_id(), order, data)
  end
  return 0
end

-- Decide who writes a record: yours, duplicate, conflict; the last two `pending` (3, 4) while
-- the one who claimed it is not acknowledged.
local function claim(owner, identity, digest)
  local found = call('HGET', name('claims'), identity)
  local other = found and #found ~= 32 and cmsgpack.unpack(found)
  if found and not other then return found == digest and 1 or 2 end
  if other and other[2] ~= owner then return other[1] == digest and 3 or 4 end
  call('HSET', name('claims'), identity, cmsgpack.pack({digest, owner, session}))
  if not other then
    local owned = call('HGET', name('owned'), owner)
    owned = owned and cmsgpack.unpack(owned) or {}
    owned[#owned + 1] = identity
    call('HSET', name('owned'), owner, cmsgpack.pack(owned))
  end
  return 0
end

local function keep_spare(identity, data)
  local found = call('HGET', name('claims'), identity)
  if not found then
    wait_for(new_id(), 0, data)
  elseif #found ~= 32 then
    call('HSET', name('spares'), identity, data)
  end
end

local function keep_claim(identity)
  local found = call('HGET', name('claims'), identity)
  local claim = found and #found ~= 32 and cmsgpack.unpack(found)
  if claim and claim[3] == session then
    call('HSET', name('claims'), identity, claim[1])
    call('HDEL', name('spares'), identity)
  end
end

local function remember(key, due, value)
  call('HSET', memory, key, value)
  if due == '' then call('ZREM', due_again, key) else call('ZADD', due_again, due, key) end
end

local function acknowledge()
  for _, identity in ipairs(written) do keep_claim(identity[1]) end
  for _, id in ipairs(done) do
    if call('ZREM', mine, id[1]) == 1 then
      call('HDEL', name('data'), id[1])
      call('HINCRBY', name('counts'), 'done', 1)
      settle(id[1])
    end
  end
  for _, pair in ipairs(failed) do
    local order = call('ZSCORE', mine, pair[1])
    if order then
      call('ZREM', mine, pair[1])
      call('HSET', name('failed'), pair[1], cmsgpack.pack({order, pair[2]}))
      settle(pair[1])
    end
  end
  for _, memo in ipairs(remembered) do remember(unpack(memo)) end
  for _, memo in ipairs(sighted) do
    if call('HEXISTS', memory, memo[1]) == 0 then remember(unpack(memo)) end
  end
  if part ~= '' then call('HSET', parts, call('HGET', me, 'part'), part) end
end

-- Lease what is due; what is due last only where nothing else waits or is in hand.
local function take()
  local waiting = call('ZCARD', name('due'))
  local share = math.min(wanted, math.ceil(waiting / call('ZCARD', name('sessions'))))
  if share == 0 then return {} end
  local first = '(' .. LAST
  local found = call('ZRANGEBYSCORE', name('due'), '-inf', first, 'WITHSCORES', 'LIMIT', 0, share)
  if #found == 0 and leased(first) == 0 then
    found = call('ZRANGE', name('due'), 0, share - 1, 'WITHSCORES')
  end
  for i = 1, #found, 2 do
    call('ZREM', name('due'), found[i])
    call('ZADD', mine, found[i + 1], found[i])
  end
  return found
end

local function answer(taken, verdicts, filtered)
  local found = {}
  for i = 1, #taken, 2 do
    found[#found + 1] = {taken[i], taken[i + 1], call('HGET', name('data'), taken[i])}
  end
  return {found, verdicts, filtered, unpack(counts())}
end

local last = tonumber(call('HGET', me, 'last') or -1)
if last == number then return answer(unpack(cmsgpack.unpack(call('HGET', me, 'reply')))) end
if last ~= number - 1 then return false end
reclaim()
local filtered, verdicts = 0, {}
for _, entry in ipairs(adds) do filtered = filtered + add(unpack(entry)) end
for i, entry in ipairs(claims) do verdicts[i] = claim(unpack(entry)) end
for _, entry in ipairs(spares) do keep_spare(unpack(entry)) end
acknowledge()
local found = take()
call('HSET', me, 'last', number, 'reply', cmsgpack.pack({found, verdicts, filtered}))
return answer(found, verdicts, filtered)
