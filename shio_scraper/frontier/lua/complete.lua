-- Note that a crawl is complete. ARGV: session, generation, now. The part of a worker that ends
-- in order is no one's to go on with.

if call('HGET', crawl, 'generation') ~= ARGV[2] then return 0 end
call('HSETNX', crawl, 'ended', ARGV[3])
local part = call('HGET', name('session:' .. ARGV[1]), 'part')
if part then call('HDEL', parts, part) end
return 1
