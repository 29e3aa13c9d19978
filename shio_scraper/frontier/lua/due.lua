-- Return the next of what is due again: when, key and value of each, the least first. ARGV: when
-- and key of the last one that is known, or when to begin and nothing; how many.

local at, last, most = ARGV[1], ARGV[2], tonumber(ARGV[3])

-- Redis orders by bytes; Lua may do otherwise.
local function is_after(key)
  for i = 1, math.min(#key, #last) do
    if key:byte(i) ~= last:byte(i) then return key:byte(i) > last:byte(i) end
  end
  return #key > #last
end

local low = call('ZCOUNT', due_again, '-inf', '(' .. at)
local high = low + call('ZCOUNT', due_again, at, at)
while low < high do
  local middle = math.floor((low + high) / 2)
  local key = call('ZRANGE', due_again, middle, middle)[1]
  if is_after(key) then high = middle else low = middle + 1 end
end
local keys = call('ZRANGE', due_again, low, low + most - 1, 'WITHSCORES')
local found = {}
for i = 1, #keys, 2 do
  found[#found + 1] = {keys[i + 1], keys[i], call('HGET', memory, keys[i])}
end
return found
