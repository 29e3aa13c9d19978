-- Open a crawl, a new generation of it where it is new, complete or to be forgotten. ARGV: now,
-- spider, arguments, fresh, rejoin. Returns the generation; 0 to one who would rejoin too late.

local generation = call('HGET', crawl, 'generation')
local ended = call('HGET', crawl, 'ended')
if generation and not ended and ARGV[4] == '0' then return tonumber(generation) end
if ended and ARGV[5] == '1' then return 0 end
if generation then
  prefix = crawl .. ':' .. generation .. ':'
  forget()
end
call('HDEL', crawl, 'ended')
call('HSET', crawl, 'began', ARGV[1], 'spider', ARGV[2], 'arguments', ARGV[3])
return call('HINCRBY', crawl, 'generation', 1)
