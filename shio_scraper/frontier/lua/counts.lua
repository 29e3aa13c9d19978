-- Count the requests of a crawl.

return counts()
