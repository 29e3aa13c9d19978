"""Scrapy sub-commands of the project (``COMMANDS_MODULE``)."""
