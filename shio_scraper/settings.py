"""The project's settings. A comment after a setting of Scrapy's is the default of Scrapy 2.19."""

from os import environ
from sys import float_info
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

# The types of the settings. An error message calls a type by its title.
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

# The project's own settings. `-s NAME=VALUE` on the command line changes one.
SHIO_DATA = "data"
"""The data folder: runs, frontier, states."""
SHIO_PORTALS = list[str]()
"""Portals of your own: files (harbour.py) or names in modules (package.module.NAME)."""
SHIO_MAX_PAGE: Size = 5_000_000
"""The most bytes of a page. A larger page is rejected before it is parsed."""
SHIO_ARCHIVE: Literal["warc", "wacz", "off"] = "warc"
"""How a live or demo crawl archives its captures: "warc", "wacz" (WARC files that are also packed
into a WACZ file at the end) or "off"."""
SHIO_ARCHIVE_FILE_SIZE: Size = 2**30
"""Size in bytes after which the crawl begins the next archive file."""
SHIO_ARCHIVE_MAX: MaySize = 0
"""The most bytes of all archives in SHIO_DATA together; 0 for no limit. When they are full, the
crawl goes on and writes records, but it archives nothing more."""
SHIO_ASSETS: Literal["documents", "all", "off"] = "documents"
"""Which other files on the portal's hosts a crawl keeps: "documents" (PDF, Word, Excel, ZIP … that
pages link), "all" (also images, styles, scripts and fonts that pages use), or "off"."""
SHIO_MAX_DOCUMENT: Size = 100_000_000
"""The most bytes of a document. The download of a larger document is stopped."""
SHIO_MAX_REQUISITE: Size = 20_000_000
"""The most bytes of an image, style, script or font. The download of a larger one is stopped."""
SHIO_MAX_ASSETS = 500
"""The most documents, images, styles, scripts and fonts that a crawl keeps of one page."""
SHIO_RENDER: Literal["shells", "off"] = "off"
"""Which pages a browser renders: "shells" (pages that are empty without their scripts; needs the
extra [browser]) or "off"."""
SHIO_BROWSER: Annotated[str, Meta(title="a path or a name")] = ""
"""The browser, as a path or a name; "" for the installed Chromium."""
SHIO_RENDER_SECONDS: Seconds = 30
"""Seconds that the scripts of a page may run. The time of their requests does not count."""
SHIO_RENDER_MEMORY: Size = 1_000_000_000
"""The most bytes of memory for the browser. If it takes more, it is killed and the page becomes a
reject."""
SHIO_PAYLOADS = ""
"""SQLite file that lists the payloads of earlier runs. A run refers to such a payload by a
`revisit` record. "" for the file of the run's site in SHIO_DATA (`payloads.db` …); "off": a run
refers to no other run."""
SHIO_FRONTIER = ""
"""Where the frontier stores the requests that are due: an SQLite file, a redis:// address, or
"memory" (the crawl cannot be resumed). "" for `frontier.db` in the data folder, and for "memory" if
a crawl has nothing to resume (the demo)."""
SHIO_STATE = ""
"""SQLite file of the dataset's state, which takes in each run; "" for the file of the run's site in
SHIO_DATA (`state.db`, `state-demo.db` …), "off" for no state."""
SHIO_GONE_AFTER: FromOne = 2
"""Number of complete runs in a row that must miss a record before the record counts as gone."""
SHIO_UPDATE_PAGES_BEYOND: Number = 2
"""Number of pages of a listing that an update reads beyond the watermark."""
SHIO_UPDATE_YOUNG_DAYS: Number = 30
"""Number of days after its printed date for which an update reads an article again."""
SHIO_LEASE: Seconds = 60
"""Seconds after which a worker that sends Redis no sign of life loses its portal to another one."""
SHIO_MAX_LISTING_PAGES = 2_000
"""The most pages of a listing that a crawl reads: a longer listing is taken to have no end. The
portal's longest known listing has 329 pages."""
SHIO_MAX_STEPS = 20
"""The most links from page to page that a crawl follows beyond the home page and the listings."""
SHIO_MAX_LINKS = 2_000
"""The most new links of one page, and the most new items of a listing's page, that are followed."""
SHIO_MAX_UNLISTED = 20_000
"""The most pages outside of listings that a crawl reaches by links. A resumed crawl counts from 0.
Files that styles name (SHIO_ASSETS=all) count, too."""
SHIO_CONTACTS: Literal["on", "off"] = "on"
"""Whether events keep `contact` and `phone`. "off" removes them everywhere but in the archive."""
SHIO_CHALLENGE_RETRY_TIMES = 3
"""How often a page is requested again after a challenge, a maintenance page or an error page."""
SHIO_CHALLENGE_DELAY = 30
"""Seconds of the rest before a page is requested again. Each further rest is twice as long."""
SHIO_CHALLENGES_IN_A_ROW = 10
"""Number of answers in a row that are no pages, after which the crawl stops; 0 for never."""
SHIO_MAX_REST = 300
"""Seconds of the longest rest. If a server asks for a longer rest, the page is not requested
again."""
SHIO_NOTIFY = environ.get("SHIO_NOTIFY", "")
"""Addresses of apprise that receive a message when a run is not complete, and when the next one is
complete again. These addresses, and SHIO_PING, are secrets: the environment keeps them out of
command lines."""
SHIO_PING = environ.get("SHIO_PING", "")
"""Address of a health check. The crawl requests …/start when it begins and …/EXIT_STATUS when it
ends."""
SHIO_LOG: Literal["text", "json"] = "text"
"""The form of the log's lines: "text", or "json" (one object per line)."""
SHIO_OPERATOR = ""
"""The operator's name in the `warcinfo` record; "" for the names of the user and the machine."""

# The limits of the monitors, which judge a run at its end (docs/trust.md). A share is judged only
# from SHIO_MONITOR_SAMPLE on. The first three limits apply to full crawls of the live portal only.
SHIO_MONITOR_FLOOR: Limits = {}
"""Type → the fewest records that a full crawl of the portal has; {} for the floors of its map."""
SHIO_MONITOR_SHRINK = 0.1
"""The largest share of a type's records that may be missing, compared with the complete run before.
Three records may always be missing."""
SHIO_MONITOR_PAGINATION = 0.98
"""The smallest share of the pages and articles announced by the listings that must arrive."""
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
"""Type and field → the smallest share of the type's records, in each layout, with this field."""
SHIO_MONITOR_EMPTIED = 0.2
"""The largest share of the records with a field in the complete run before that may lack it now."""
SHIO_MONITOR_LAYOUTS = 1.0
"""The largest share of pages in layouts that no earlier run had; 1 for no limit."""
SHIO_MONITOR_SAMPLE = 50
"""The fewest pages, records or articles of which a share is judged."""
SHIO_MONITOR_REJECTS = 0.05
"""The largest number of rejects, as a share of the pages."""
SHIO_MONITOR_FAILURES = 0.05
"""The largest share of the requested pages that could not be fetched. Three pages always may."""
SHIO_MONITOR_UNCLAIMED = 0.05
"""The largest share of characters that neither a field nor a named part of the frame took."""
SHIO_MONITOR_DISAGREEMENT = 0.02
"""The largest share of articles whose listing or id gives another day than the page."""
SHIO_MONITOR_FUTURE_DATES = 0
"""The most articles that are dated after the day of their capture."""
SHIO_MONITOR_CHALLENGES = 0
"""The most pages in whose place something else came (challenge, login, maintenance, …)."""
SHIO_MONITOR_ERROR_PAGES = 0.02
"""The largest share of pages that are error pages sent with status 200."""
SHIO_MONITOR_BLOCKED = 0.01
"""The largest share of requests that the server refuses (401, 403, 429) or robots.txt forbids."""
SPIDERMON_ENABLED = True  # False: our monitors, or the suites of spidermon that are set, judge runs

# Polite by default.
USER_AGENT = "shio-scraper (+https://pypi.org/project/shio-scraper/)"  # "Scrapy/VERSION (+…)"
ROBOTSTXT_OBEY = True  # False
CONCURRENT_REQUESTS = 1  # 16: the limit of a domain alone does not hold without a delay
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # 8
DOWNLOAD_DELAY = 1.0  # 0
COOKIES_ENABLED = False  # True: a session would only put its id into addresses
TELNETCONSOLE_ENABLED = False  # True
REMOTE_CONTROL_ENABLED = False  # True

# The spider turns failures into rejects.
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # "ERROR"
DOWNLOAD_TIMEOUT = 60  # 180
REDIRECT_MAX_TIMES = 5  # 20
DOWNLOAD_WARNSIZE = 0  # 32 MiB: SHIO_MAX_PAGE decides

# Scrapy starts this many tasks for each response. One is enough, because our pipelines never wait.
CONCURRENT_ITEMS = 1  # 100
WARN_ON_GENERATOR_RETURN_VALUE = False  # True: reads a callback's source on every response

SCHEDULER = "shio_scraper.frontier.scheduler.FrontierScheduler"  # "scrapy.core.scheduler.Scheduler"
DOWNLOAD_HANDLERS = dict.fromkeys(
    ("http", "https"), "shio_scraper.crawl.fetching.LeasedHandler"
)  # {}: no request may go to a portal that another worker may have by now
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
    "shio_scraper.crawl.robots.RobotsTxtMiddleware": 100,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,  # 550
    "shio_scraper.crawl.patience.RetryMiddleware": 550,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,  # 580
    "shio_scraper.crawl.redirects.MetaRefreshMiddleware": 580,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,  # 590
    "shio_scraper.crawl.fetching.ContentCodingMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,  # 600
    "shio_scraper.crawl.redirects.RedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": None,  # 850
    "shio_scraper.crawl.waiting.DownloaderStats": 850,
    # Next to the downloader: it archives a response before others decompress, retry or redirect it.
    "shio_scraper.crawl.archiving.ArchiveMiddleware": 1000,
}
SPIDER_MIDDLEWARES = {
    "shio_scraper.crawl.remembering.RememberingMiddleware": 10,
    "shio_scraper.crawl.patience.PatienceMiddleware": 20,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,  # 50: errors become rejects
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,  # 900: a portal is no tree
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,  # 1000: for debugging
}
ITEM_PIPELINES = {
    "shio_scraper.pipelines.ContactsPipeline": 50,  # works if SHIO_CONTACTS is "off"
    "shio_scraper.pipelines.CleanPipeline": 100,
    "shio_scraper.pipelines.ValidatePipeline": 200,
    "shio_scraper.crawl.deduplication.DeduplicatePipeline": 300,
}
EXTENSIONS = {
    "scrapy.extensions.feedexport.FeedExporter": None,  # 0
    "shio_scraper.feeds.exporters.RecordFeedExporter": 0,
    "shio_scraper.extensions.files.RunFiles": 0,
    "scrapy.extensions.logstats.LogStats": None,  # 0: we have a progress line and a summary
    "shio_scraper.crawl.patience.Resting": 0,
    "shio_scraper.extensions.ending.Closing": 50,
    "shio_scraper.extensions.ending.Monitoring": 80,
    "shio_scraper.extensions.progress.RunReport": 100,
    "shio_scraper.extensions.ending.Ending": 150,
    "shio_scraper.extensions.alerts.Alerts": 160,
    "shio_scraper.extensions.progress.Progress": 200,
}

# `-o`, `-O` and FEEDS add files with every record. A run's own files use none of these settings.
FEED_EXPORT_ENCODING = "utf-8"  # None
FEED_EXPORTERS = {
    **dict.fromkeys(
        ("jsonl", "jsonlines", "jl", "ndjson"), "shio_scraper.feeds.exporters.RecordLinesExporter"
    ),
    "json": "shio_scraper.feeds.exporters.RecordJsonExporter",
    "csv": "shio_scraper.feeds.exporters.RecordCsvExporter",
    **dict.fromkeys(("xml", "marshal", "pickle")),  # these exporters cannot write our records
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
STATS_DUMP = False  # True: stats.json has the stats
