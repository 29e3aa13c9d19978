-- Return what the site remembers of keys, in their order. ARGV: the keys.

local found = {}
for i, key in ipairs(ARGV) do found[i] = call('HGET', memory, key) end
return found
