"""Texts that software writes on any portal in place of a person's words. Data without rules.

One part is for pages that stand in for the requested page. Their texts are those that servers,
firewalls and frameworks print by default, in English and Chinese. Each ``SHOWN`` pattern matches
at the beginning of a block, since such a page speaks to its reader. An article about captchas or
maintenance has the words elsewhere.

The other part is for text within a page: what templates, servers and programming languages print
when a value is missing or a part of a page fails, and what consent banners say.

Each pattern can match in one way only, so its time grows in proportion to the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

Reason: TypeAlias = Literal[
    "challenge",
    "forbidden",
    "maintenance",
    "server_error",
    "login_wall",
    "script_shell",
    "no_frame",
]
"""What a page is in place of the requested page: the reason of its reject."""

_IT = r"(the |this |our )?(web ?site|site|system|server|service|platform|portal|page)"
_HERE_ZH = r"[本该此]?(系统|网站|站点|服务器?|平台|门户|页面|栏目)"
_NOW = r"(currently |temporarily |now )?"
_WORK = r"(maintenance|upgrades?)\b"
_VERIFY = r"(verify(ing)?|confirm(ing)?|prove|check(ing)?|make sure)"
_LOG_IN = r"(log|sign)[ -]?(in|on)"
_LOG_IN_ZH = r"登[录陆]"

SHOWN: Final[Mapping[Reason, tuple[str, ...]]] = {
    "challenge": (
        r"just a moment\W*$",
        rf"{_VERIFY}( that| if)? you('re|’re| are) (a |not a )?(human|(ro)?bot)",
        rf"{_VERIFY} (your browser|if the site connection)",
        r"(complete|solve|enter|type)( \w+){0,4} (captcha|security check|verification code|puzzle)",
        r"enable javascript and cookies to continue",
        r"(check|verify)ing (the |your )?(browser|site connection)",
        r"\S{1,80} needs to (review|verify|check) the security of your connection",
        r"you(’ve|'ve| have) (made|sent) too many requests",
        r"(access|request)( to this page)? ((is|was|has been) )?(denied|blocked|rejected)\W*$",
        r"you have been blocked|the requested url was rejected|request unsuccessful\W",
        r"your (request|access|ip|ip address)( to this site)? (has been|was|is) (blocked|denied)",
        r"your (request|access|ip|ip address)( to this site)? (has been|was|is) (limited|banned)",
        r"(we|our systems) (have )?detected unusual (traffic|activity)",
        r"security (check|verification)( required)?\W*$|attention required\W|too many requests\W*$",
        r"(完成|进行|通过)?(以下|下方|下列)?的?(安全|人机)(验证|检测|校验)(后|以|\W*$)",
        r"(输入|填写)(图片|上图|下图)?中?的?验证码|(拖动|滑动|按住).{0,8}滑块",
        r"(系统)?正在(检测|检查|验证)您?的?(浏览器|访问)",
        r"您?的?(访问|请求|IP|操作)(地址|行为)?(已经|已|可能)?(被|遭到)?(拦截|阻断|拒绝|禁止|封禁)",
        r"您?的?访问(过于|太)频繁|当前访问疑似.{0,6}攻击",
        r"由于您?(访问|请求)的(URL|网址|地址|链接|页面|内容)\S{0,20}(威胁|风险|攻击|违规)",
    ),
    "forbidden": (
        r"(http )?(status |error )?(403\W+)?forbidden\W*$",
        r"you (don't|don’t|do not) have permission to (access|view)|您?(没有|无)权限?(访问|查看)",
    ),
    "maintenance": (
        rf"{_IT} is {_NOW}(under|down for|undergoing|closed for)( \w+){{0,2}} {_WORK}",
        rf"{_IT} is (currently |temporarily )(unavailable|closed)",
        r"((web ?site|site|system|server|scheduled|routine) )?maintenance( mode| in progress)?\W*$",
        r"(under|down for) maintenance\W*$",
        rf"we('re|’re| are) {_NOW}(performing|carrying out|undergoing|doing)( \w+){{0,2}} {_WORK}",
        r"we('ll|’ll| will) be back (soon|shortly)",
        r"(503 )?service (temporarily )?unavailable\W*$",
        rf"{_HERE_ZH}(目前|现|当前)?(正在|正)(进行)?\w{{0,6}}(维护|升级|检修|改版)",
        rf"{_HERE_ZH}?(维护|升级|检修|改版)(升级|维护)?中",
        rf"{_HERE_ZH}(已|将)?(暂停|暂时停止|暂时关闭)(服务|访问|使用|\W|$)",
        r"服务暂时?不可用|系统繁忙",
    ),
    "server_error": (
        r"(http )?(status |error )?5\d\d\W{1,4}(internal |server |bad |gateway |error)",
        r"(http )?(status|error)( code)?\W{0,2}5\d\d\W*$|type\W{1,2}(exception|status) report\b",
        r"the server (has )?encountered an? (\w+ )?(error|exception)",
        r"error establishing a database connection",
        r"(internal )?server error( in '/' application)?\W*$|(runtime error|exception report)\W*$",
        r"(java|javax|org|com|System)(\.\w+)+(Exception|Error)\b",
        r"(an )?(unexpected |internal |unknown )?error (has )?occurred\b",
        r"something went wrong\W*$|(error establishing a )?database (connection )?error\W*$",
        r"(系统|服务器|程序|页面|数据库)(内部|运行|连接)?(错误|异常|出错)",
    ),
    "login_wall": (
        rf"(you )?(must|need to|have to|are required to) (be logged in|{_LOG_IN}|login)",
        rf"please ({_LOG_IN}|login)( first| again| to (continue|proceed|access|view th))",
        rf"({_LOG_IN}|login) (is )?required\W*$|your session (has )?(expired|timed out)",
        rf"您?(尚未|还未|还没有?|没有){_LOG_IN_ZH}",
        rf"您?先?{_LOG_IN_ZH}(之|以)?后再?(访问|查看|浏览|继续)",
        rf"您?先{_LOG_IN_ZH}\W*$|(您的)?({_LOG_IN_ZH}|会话)(已经|已)?(超时|失效|过期)",
    ),
    "script_shell": (
        r"(you need to )?(enable|turn on) javascript",
        r"javascript (is |must be )?(required|disabled|enabled)",
        r"(this|the) (page|site|website|app|application) (requires|needs) javascript",
        r"we('re|’re| are) sorry but .{1,60} without javascript",
        r"loading\W*$|(正在|努力)?加载中?\W*$",
        r"(开启|启用|打开)(浏览器的?)?\s?(javascript|JS)\b|您?的?浏览器(不支持|未启用|禁用了?)",
    ),
}  # fmt: skip
"""Kind of page → what stands at the beginning of a block, or behind a courtesy (``COURTESY``)."""

COURTESY: Final = (
    r"\W*((sorry|oops|dear (visitor|user|customer)s?|notice|warning|error|抱歉|对不起|很抱歉"
    r"|尊敬的(用户|访客|网友)|提示|温馨提示|您好)[\s,，:：!！.。—-]*)*(please |请您?)?"
)

TITLES: Final = (
    r"\W*((\d{3}\W+)?(access|request) (denied|blocked|rejected)|(403\W+)?forbidden|just a moment"
    r"|attention required|security (check|verification)|request unsuccessful"
    r"|访问(被|已被)?(拒绝|拦截|禁止)|(安全|人机)(验证|检测)|(网站|系统)?(维护|升级)中"
    r"|(site|system|website) (is )?under maintenance|((internal )?(server|system) )?error"
    r"|(系统|服务器|页面)(错误|出错|异常))\W*"
)
"""Titles of pages that are no articles although a date stands beside the title."""

TRACE: Final = (
    r"\b(ray|request|event|incident|support|trace|reference) ?(id|#|no\b|number)\W|\breference #"
    r"|\byour ip\b|您的\s?IP|(事件|请求|访问|拦截)\s?(ID|编号|时间)"
)
"""What a firewall prints for its support: an id of the request, the visitor's IP address."""

MARKUP: Final[Mapping[Reason, str]] = {
    "challenge": (
        r"/cdn-cgi/challenge-platform/h/|cf[-_]chl[-_]|_Incapsula_Resource|aliyun_?waf|acw_sc__v2"
        r"|awswaf|captcha-delivery|h-?captcha|recaptcha|cf-turnstile|geetest|TencentCaptcha"
        r"|wzwschallenge|__jsl_clearance|bm-verify|px-captcha|name=[\"']?(captcha|verifycode)"
    ),
    "login_wall": r"<input[^<>]{0,200}\btype\s*=\s*[\"']?password",
}
"""Kind of page → what stands in its markup. It counts only on a page that shows almost no text."""

SETS_COOKIE: Final = r"document\.cookie\s*="
GOES_ON: Final = r"\blocation(\.href)?\s*=[^=]|\blocation\.(reload|replace|assign)\s*\("
"""A script that sets a cookie and goes on to an address is a firewall's, on a page without text."""

SCRIPT: Final = r"<script\b"
FILLS: Final = r"<script[^<>]*\bsrc\s*=|<noscript\b|\bdocument\.write"
"""On a page without text: a script that was to fill the page, not only to count visitors."""
APP_ROOT: Final = r"<div[^<>]{0,80}\bid\s*=\s*[\"']?(root|app|__next|__nuxt|main-app)[\"'\s>]"
"""The element that a script fills in the usual frameworks."""

NOTHING: Final = r"(null|undefined|none|nan|nil|n/?a|\[object object\]|untitled|无标题|标题)\W*"
"""A text that is printed in place of a missing value."""

WRITTEN: Final[Mapping[str, tuple[str, ...]]] = {
    r"&(?:[a-z]{2,8}|#\d{2,6}|#x[\da-f]{2,6});": ("&",),  # an entity that was escaped twice
    r"[$#@]\{[^{}]*\}|\{\{[^{}]*\}\}|\{%[^%]*%\}": ("{",),  # a template's placeholder
    r"<%[^%]*%>|\[%[^%]*%\]|<\?php": ("<", "["),
    r"</(?:a|b|i|p|br|div|em|font|li|span|strong|td)>|<[a-z]{1,6} [a-z-]+=[^<>]*>": ("<",),
    r"â€|Ã[\u00a0-\u00bf]|ï¿½": ("â€", "ã", "ï¿½"),  # UTF-8 that was read as another charset
    r"\{[^{}:]*:[^{}]*\}": ("{",),  # a rule of a style sheet, an object of a program
    r"\[object object\]": ("[",),
    r"\b\w{1,40}(?:\.\w{1,40}){1,8}(?:(?<=exception)|(?<=error))\b": ("exception", "error"),
    r"\btraceback \(most recent|\bstack trace:": ("trace",),
    r"\bat [\w.$<>]+\([\w.]+\.(?:java|cs|js):\d+": (".java:", ".cs:", ".js:"),
    r"\bin \S+\.php\b.{0,20}\bline \d|\bfile \"[^\"]+\", line \d": (".php", 'file "'),
    r"\b(?:fatal|parse|syntax|runtime|compilation) error\b\s?[:：]|\bwarning: \w+\(": (
        "error",
        "warning: ",
    ),
    r"\bORA-\d{5}\b|\bSQLSTATE\b|\bODBC\b.{0,30}\b(?:driver|error)\b": ("ora-", "sqlstate", "odbc"),
    r"an error (?:has )?occurred (?:while|when|during|in) (?:the )?(?:process|load|render)ing": (
        "error",
    ),
    r"\b(?:failed|unable|error) (?:to )?(?:load|render|fetch)(?:ing)? (?:the |this )?\w{4,9}\b": (
        "failed",
        "unable",
        "error",
    ),
    r"(?:加载|读取|获取)(?:数据|内容|页面|组件)?(?:失败|出错|错误)": ("加载", "读取", "获取"),
    r"\b(?:we|this (?:web)?site|our (?:web)?site) uses? cookies\b|本(?:网)?站使用\s?cookie": (
        "cookie",
    ),
    r"\b(?:accept|reject|manage|allow) (?:all )?cookies\b|\bcookie (?:policy|settings)\b": (
        "cookie",
    ),
    r"\blorem ipsum\b": ("lorem",),
    r"(?:\?|\N{REPLACEMENT CHARACTER}){3,}": ("??", "\N{REPLACEMENT CHARACTER}"),  # lost letters
}
"""Pattern of a text → strings in lower case. Each match has one, so they are looked for first."""

ZERO_DAYS: Final = ("1970-01-01", "1969-12-31", "1900-01-01", "1899-12-30", "0001-01-01")
"""Days that clocks and databases give in place of a missing day."""
