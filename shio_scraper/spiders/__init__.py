"""The spiders decide what is fetched. They parse nothing themselves."""
