-- Make the failed requests of a crawl due again. Returns how many there were.

local failed = call('HGETALL', name('failed'))
for i = 1, #failed, 2 do
  call('ZADD', name('due'), cmsgpack.unpack(failed[i + 1])[1], failed[i])
end
call('DEL', name('failed'))
if #failed > 0 then call('HDEL', crawl, 'ended') end
return #failed / 2
