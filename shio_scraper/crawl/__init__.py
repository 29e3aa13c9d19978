"""What a component of a crawl has, and the components between frontier and spider."""
