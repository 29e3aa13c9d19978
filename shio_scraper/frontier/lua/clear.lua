-- Forget a crawl. Returns how many requests it had waiting or in hand.

local waiting = call('ZCARD', name('due')) + leased('+inf')
forget()
call('DEL', crawl, parts)
return waiting
