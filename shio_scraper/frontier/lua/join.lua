-- Begin a session. ARGV: session, generation, key and text of the part. A session that worked on
-- the part before is dead. Returns the counts, or nothing where the generation is over.

if call('HGET', crawl, 'generation') ~= ARGV[2] then return false end
for _, session in ipairs(call('ZRANGE', name('sessions'), 0, -1)) do
  if call('HGET', name('session:' .. session), 'part') == ARGV[3] then remove(session) end
end
local clock = tonumber(call('HGET', name('clock'), 'time') or 0)
call('ZADD', name('sessions'), clock, ARGV[1])
call('HSET', name('session:' .. ARGV[1]), 'part', ARGV[3], 'last', 0)
call('HSET', parts, ARGV[3], ARGV[4])
return counts()
