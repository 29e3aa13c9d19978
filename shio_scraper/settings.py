"""The project's settings. Beside each, Scrapy 2.19's default."""

from os import environ
from sys import float_info
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

# What a setting must be, where it is more than a number from 0 on; the title says it in words.
Limit: TypeAlias = Annotated[float, Meta(ge=0, le=float_info.max, title="a number from 0 on")]
Limits: TypeAlias = Annotated[dict[str, Limit], Meta(title="a JSON object of numbers")]
Number: TypeAlias = Annotated[int, Meta(ge=0, title="a number from 0 on")]
FromOne: TypeAlias = Annotated[int, Meta(ge=1, title="a number from 1 on")]
Seconds: TypeAlias = Annotated[float, Meta(gt=0, le=86_400, title="a number of seconds")]
Size: TypeAlias = Annotated[int, Meta(ge=1, title="a number of bytes from 1 on, or as 20 MB")]
MaySize: TypeAlias = Annotated[int, Meta(ge=0, title="a number of bytes from 0 on, or as 200 GB")]

BOT_NAME = "shio-scraper"  # "scrapybot"
SPIDER_MODULES = ["shio_scraper.spiders"]  # []
NEWSPIDER_MODULE = "shio_scraper.spiders"  # ""
COMMANDS_MODULE = "shio_scraper.commands"  # ""

# The project's own settings; `-s NAME=VALUE` changes them.
SHIO_DATA = "data"
"""Folder of the runs."""
SHIO_PORTALS = list[str]()
"""Portals of your own: files (harbour.py) or names in modules (package.module.NAME)."""
SHIO_MAX_PAGE: Size = 5_000_000
"""Bytes; a larger page is refused before it is parsed."""
SHIO_ARCHIVE: Literal["warc", "wacz", "off"] = "warc"
"""Captures of a live or demo crawl: "warc", "wacz" (packed too, at the end) or "off"."""
SHIO_ARCHIVE_FILE_SIZE: Size = 2**30
"""Bytes after which the next archive file begins."""
SHIO_ARCHIVE_MAX: MaySize = 0
"""Bytes that the archives of all runs in SHIO_DATA may take; 0 for no limit. Then records go on."""
SHIO_ASSETS: Literal["documents", "all", "off"] = "documents"
"""What is kept beside pages, of the portal's hosts: "documents" (PDF, Word, Excel, ZIP … that they
link), "all" (also images, styles, scripts and fonts that they show), or "off"."""
SHIO_MAX_DOCUMENT: Size = 100_000_000
"""Bytes of a document; the download of a larger one is broken off."""
SHIO_MAX_REQUISITE: Size = 20_000_000
"""Bytes of an image, a style, a script or a font; the download of a larger one is broken off."""
SHIO_MAX_ASSETS = 500
"""Documents, images, styles, scripts and fonts of a page that are kept."""
SHIO_RENDER: Literal["shells", "off"] = "off"
"""What a browser shows: "shells", pages that are empty without their scripts (extra [browser])."""
SHIO_BROWSER: Annotated[str, Meta(title="a path or a name")] = ""
"""The browser: a path or name; "" for the Chromium that is installed."""
SHIO_RENDER_SECONDS: Seconds = 30
"""Seconds that a page's scripts have, beside those that their requests take."""
SHIO_RENDER_MEMORY: Size = 1_000_000_000
"""Bytes that the browser may take; one that takes more is ended, and the page is a reject."""
SHIO_PAYLOADS = ""
"""SQLite file that knows the payloads of earlier runs, which a run refers to by `revisit` records;
"" for that of the run's site in SHIO_DATA (`payloads.db` …), "off": each run stands alone."""
SHIO_FRONTIER = ""
"""Which requests are due: an SQLite file, a redis:// address, or "memory", which forgets; "" for
`frontier.db` in the data folder, and for memory where there is nothing to resume (the demo)."""
SHIO_STATE = ""
"""The dataset's state, which each run is taken into: a SQLite file; "" for that of the run's site
in SHIO_DATA (`state.db`, `state-demo.db` …), "off" for none."""
SHIO_GONE_AFTER: FromOne = 2
"""Complete runs in a row that must miss a record before it is said to be gone."""
SHIO_UPDATE_PAGES_BEYOND: Number = 2
"""Pages that an update reads of a listing beyond its watermark."""
SHIO_UPDATE_YOUNG_DAYS: Number = 30
"""Days for which an update reads an article again, from the day that it prints."""
SHIO_LEASE: Seconds = 60
"""Seconds after which a worker that Redis does not hear of loses its portal to another."""
SHIO_MAX_LISTING_PAGES = 2_000
"""Pages of a listing (the portal's longest seen has 329), with which it has no end of its own."""
SHIO_MAX_STEPS = 20
"""Links from page to page, beyond what home page and listings show, that are followed."""
SHIO_MAX_LINKS = 2_000
"""New links of a page, and new items of a listing's page, that are followed."""
SHIO_MAX_UNLISTED = 20_000
"""Pages that no listing shows, which a crawl follows links to; each start of it counts anew. And
what styles name, with SHIO_ASSETS=all."""
SHIO_CONTACTS: Literal["on", "off"] = "on"
"""Whether events keep `contact` and `phone`; "off" leaves them out, but of the archive."""
SHIO_CHALLENGE_RETRY_TIMES = 3
"""How often a page is asked for again where a challenge, maintenance or an error came instead."""
SHIO_CHALLENGE_DELAY = 30
"""Seconds in which nothing is fetched before that; doubled each time."""
SHIO_CHALLENGES_IN_A_ROW = 10
"""Answers in a row that are no pages, with which the crawl stops; 0 never stops."""
SHIO_MAX_REST = 300
"""Seconds of the longest rest; a server that asks for a longer one is not asked again."""
SHIO_NOTIFY = environ.get("SHIO_NOTIFY", "")
"""Whom to tell when a run is not complete, and when it is again: addresses of apprise. They are
secrets, as the next is: the environment keeps them out of command lines."""
SHIO_PING = environ.get("SHIO_PING", "")
"""Address of a health check, told of each start (…/start) and end (…/EXIT_STATUS)."""
SHIO_LOG: Literal["text", "json"] = "text"
"""The log's lines: "text", or "json", an object each."""
SHIO_OPERATOR = ""
"""Who crawls, as `warcinfo` says it; "" for the user's and the machine's name."""

# What a run is judged by when it has ended (docs/trust.md). Shares are judged from a sample on; the
# first three hold for full crawls of the live portal alone.
SHIO_MONITOR_FLOOR: Limits = {}
"""Records that a full crawl of the portal has at least, by type; {} for what its map says."""
SHIO_MONITOR_SHRINK = 0.1
"""Share of a type's records that may be missing beside the complete run before; 3 always may."""
SHIO_MONITOR_PAGINATION = 0.98
"""Share of what listings count, pages and articles, that comes at least."""
SHIO_MONITOR_FIELDS: Limits = {
    "article/published": 0.95,
    "article/paragraphs": 0.95,
    "article/section": 0.9,
    "status/month_day": 0.95,
    "status/status": 0.95,
    "faq/answer": 0.9,
    "event/registration_deadline": 0.5,
    "event/paragraphs": 0.5,
    "press_conference/published": 0.9,
    "press_conference/turns": 0.95,
}
"""Share of the records of a type, in each layout, on which a field is filled at least."""
SHIO_MONITOR_EMPTIED = 0.2
"""Share of the filled records of the complete run before that may lack a field now."""
SHIO_MONITOR_LAYOUTS = 1.0
"""Pages in layouts that no run before had, as a share, at most; 1 for whatever comes."""
SHIO_MONITOR_SAMPLE = 50
"""Pages, records or articles from which on a share is judged."""
SHIO_MONITOR_REJECTS = 0.05
"""Rejects, as a share of the pages, at most."""
SHIO_MONITOR_FAILURES = 0.05
"""Pages that could not be had, as a share of those asked for, at most; 3 always may."""
SHIO_MONITOR_UNCLAIMED = 0.05
"""Characters that no field and no named part of the frame took, as a share, at most."""
SHIO_MONITOR_DISAGREEMENT = 0.02
"""Articles whose listing or id names another day than the page, as a share, at most."""
SHIO_MONITOR_FUTURE_DATES = 0
"""Articles dated after the day of their capture, at most."""
SHIO_MONITOR_CHALLENGES = 0
"""Pages in whose place something else came (challenge, login, maintenance, …), at most."""
SHIO_MONITOR_ERROR_PAGES = 0.02
"""Pages that say, with status 200, that there is none, as a share, at most."""
SHIO_MONITOR_BLOCKED = 0.01
"""Requests that the server refuses (401, 403, 429) or robots.txt forbids, as a share, at most."""
SPIDERMON_ENABLED = True  # False: a run is judged, by ours or by a suite of spidermon that is named

# Polite by default.
USER_AGENT = "shio-scraper (+https://pypi.org/project/shio-scraper/)"  # "Scrapy/VERSION (+…)"
ROBOTSTXT_OBEY = True  # False
CONCURRENT_REQUESTS = 1  # 16: the limit of a domain alone does not hold without a delay
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # 8
DOWNLOAD_DELAY = 1.0  # 0
COOKIES_ENABLED = False  # True: a session would only put its id into addresses
TELNETCONSOLE_ENABLED = False  # True
REMOTE_CONTROL_ENABLED = False  # True

# Failures become rejects, in the spider.
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # "ERROR"
DOWNLOAD_TIMEOUT = 60  # 180
REDIRECT_MAX_TIMES = 5  # 20
DOWNLOAD_WARNSIZE = 0  # 32 MiB: SHIO_MAX_PAGE decides

# Scrapy starts this many tasks for each response; our pipelines never wait.
CONCURRENT_ITEMS = 1  # 100
WARN_ON_GENERATOR_RETURN_VALUE = False  # True: reads a callback's source on every response

SCHEDULER = "shio_scraper.frontier.scheduler.FrontierScheduler"  # "scrapy.core.scheduler.Scheduler"
DOWNLOAD_HANDLERS = dict.fromkeys(
    ("http", "https"), "shio_scraper.crawl.fetching.LeasedHandler"
)  # {}: nothing is asked of a portal that may be another worker's
REQUEST_FINGERPRINTER_CLASS = "shio_scraper.crawl.fetching.CanonicalFingerprinter"
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,  # 300: nothing behind a login
    "shio_scraper.crawl.waiting.WaitingMiddleware": 10,
    "shio_scraper.crawl.rendering.RenderingMiddleware": 20,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # 50
    "shio_scraper.crawl.fetching.StayOnPortalMiddleware": 50,
    "shio_scraper.crawl.remembering.RecallingMiddleware": 60,
    "shio_scraper.crawl.bounds.BoundsMiddleware": 70,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # 100
    "shio_scraper.crawl.patience.RobotsTxtMiddleware": 100,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,  # 550
    "shio_scraper.crawl.patience.RetryMiddleware": 550,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,  # 580
    "shio_scraper.crawl.fetching.MetaRefreshMiddleware": 580,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,  # 590
    "shio_scraper.crawl.fetching.ContentCodingMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,  # 600
    "shio_scraper.crawl.fetching.RedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": None,  # 850
    "shio_scraper.crawl.waiting.DownloaderStats": 850,
    # Next to the downloader: before anything is decompressed, retried or redirected.
    "shio_scraper.crawl.archiving.ArchiveMiddleware": 1000,
}
SPIDER_MIDDLEWARES = {
    "shio_scraper.crawl.remembering.RememberingMiddleware": 10,
    "shio_scraper.crawl.patience.PatienceMiddleware": 20,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,  # 50: rejects tell
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,  # 900: a portal is no tree
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,  # 1000: for debugging
}
ITEM_PIPELINES = {
    "shio_scraper.pipelines.ContactsPipeline": 50,  # where they are to be left out
    "shio_scraper.pipelines.CleanPipeline": 100,
    "shio_scraper.pipelines.ValidatePipeline": 200,
    "shio_scraper.crawl.deduplication.DeduplicatePipeline": 300,
}
EXTENSIONS = {
    "scrapy.extensions.feedexport.FeedExporter": None,  # 0
    "shio_scraper.feeds.exporters.RecordFeedExporter": 0,
    "shio_scraper.extensions.files.RunFiles": 0,
    "scrapy.extensions.logstats.LogStats": None,  # 0: the progress line and the summary tell
    "shio_scraper.crawl.patience.Resting": 0,
    "shio_scraper.extensions.ending.Closing": 50,
    "shio_scraper.extensions.ending.Monitoring": 80,
    "shio_scraper.extensions.progress.RunReport": 100,
    "shio_scraper.extensions.ending.Ending": 150,
    "shio_scraper.extensions.alerts.Alerts": 160,
    "shio_scraper.extensions.progress.Progress": 200,
}

# `-o`, `-O` and FEEDS add files with every record. A run's own files know none of these settings.
FEED_EXPORT_ENCODING = "utf-8"  # None
FEED_EXPORTERS = {
    **dict.fromkeys(
        ("jsonl", "jsonlines", "jl", "ndjson"), "shio_scraper.feeds.exporters.RecordLinesExporter"
    ),
    "json": "shio_scraper.feeds.exporters.RecordJsonExporter",
    "csv": "shio_scraper.feeds.exporters.RecordCsvExporter",
    **dict.fromkeys(("xml", "marshal", "pickle")),  # they know no records
}
FEED_STORAGES = {
    **dict.fromkeys(("", "file"), "shio_scraper.feeds.exporters.LineFileStorage"),
    **dict.fromkeys(("ftp", "ftps"), "shio_scraper.feeds.exporters.PatientFTPStorage"),
}

# The log reads like a report of the run.
LOG_LEVEL = "INFO"  # "DEBUG"
LOG_FORMAT = "%(asctime)s %(levelname)s: %(message)s"
DEFAULT_DROPITEM_LOG_LEVEL = "DEBUG"  # "WARNING": duplicates are counted
LOG_VERSIONS: list[str] = []
STATS_DUMP = False  # True: stats.json has them
