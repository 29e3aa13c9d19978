"""The frame of the generated pages: head, navigation, sidebar, foot, in two layouts.

Class names, scripts and texts are our own. The class names are chosen so that trafilatura prints a
page as it printed the portal's pages: section, title, body, status rows, FAQ. (With
``class="text"`` it would go straight to the body.) Only the arguments of the functions differ from
page to page.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Literal, TypeAlias

Layout: TypeAlias = Literal["jsp", "aspx"]

SECTION = "Government News"

QUESTIONS = (
    ("Q: ", "How long before a visit must a crew hand in its application form?"),
    ("Q: ", "Which papers does a visiting photographer need on the first day?"),
    ("", "Who lends tripods, lamps and cables to small crews?"),
)
ANSWERS = (
    ("A: ", "1. Log on to http://press.example.org/forms and take the form for crews."),
    ("A: ", "A letter of the newsroom. A copy of the card of each member of the crew."),
    ("", "The press centre lends them against a signature."),
)
CUT = 35

_RULES = (
    "margin:0;padding:0;border:0",
    "float:left;width:690px;overflow:hidden",
    "float:right;width:255px;background:#f4f6f8",
    "font:12px/22px Arial,Helvetica,sans-serif",
    "color:#0a4b8c;text-decoration:none",
    "border-bottom:1px dotted #c8d2dc;height:26px",
    "background:url(/images/bg_tab.gif) no-repeat 0 -28px;cursor:pointer",
)
_SELECTORS = (
    "body,ul,li,h1,h2,h3,p",
    "#outer",
    ".bar",
    ".bar a",
    ".bar a:hover",
    "#logo",
    ".tabs",
    ".tabs li",
    ".tabs li a",
    ".tabs li.on a",
    ".drop",
    ".drop li",
    ".drop li a",
    ".lft",
    ".lft h2",
    ".lft h1",
    ".zw p",
    ".zw a",
    ".rgt",
    ".rgt h3",
    ".signIn",
    ".signIn input.field",
    ".signIn input.button",
    ".signIn a",
    ".rows",
    ".rows td",
    ".rows tr:hover td",
    ".more",
    ".pair",
    ".pair b",
    ".strip",
    ".strip li",
    ".items",
    ".items li",
    ".items p",
    ".pager",
    ".pager a",
    ".pager .on",
    "#foot",
    "#foot ul",
    "#foot li a",
    "#foot p",
    ".clear",
    ".print",
    ".small",
    ".large",
    ".date",
    ".search",
    ".search input",
    ".search button",
)
_LINES = "\n".join(
    f"{selector} {{{_RULES[place % len(_RULES)]};z-index:{place}}}"
    for place, selector in enumerate(_SELECTORS)
)
STYLE = f'<style type="text/css">\n<!--\n{_LINES}\n-->\n</style>'
SCRIPT = """<script type="text/javascript">
//<![CDATA[
var site = {root: "/", language: "en", tabs: ["today", "week", "month"], timer: null};
function show(list, place) {
  var items = document.getElementById(list).getElementsByTagName("li");
  for (var i = 0; i < items.length; i++) {
    items[i].className = i === place ? "on" : "";
    document.getElementById(list + "_" + i).style.display = i === place ? "block" : "none";
  }
}
function checkSignIn(form) {
  if (form.user.value === "" || form.user.value === "User name") {
    alert("Please enter <b>your</b> user name");
    form.user.focus();
    return false;
  }
  if (form.secret.value.length < 6 && form.secret.value.length > 0) {
    alert("A password has six characters or more");
    return false;
  }
  return true;
}
function resize(points) {
  document.getElementById("zw").style.fontSize = points + "px";
  document.cookie = "points=" + points + "; path=/";
}
function turn(id, step) {
  var box = document.getElementById(id), first = box.children[0];
  if (site.timer) { clearInterval(site.timer); }
  site.timer = setInterval(function () {
    first.style.marginLeft = (parseInt(first.style.marginLeft || 0, 10) - step) + "px";
    if (-parseInt(first.style.marginLeft, 10) > first.offsetWidth) {
      box.appendChild(first); first.style.marginLeft = "0"; first = box.children[0];
    }
  }, 40);
}
document.write('<link rel="stylesheet" type="text/css" href="/css/print.css" media="print" />');
//]]>
</script>"""
COUNTER = """<script type="text/javascript">
var _count = _count || []; _count.push(["account", "PRESS-1"], ["view", location.pathname]);
(function () { var s = document.createElement("script"); s.async = true;
  s.src = "/js/count.js?" + new Date().getTime();
  document.getElementsByTagName("head")[0].appendChild(s); })();
</script>"""

_NAVIGATION = (
    ("Home", "/", ()),
    (SECTION, "/jsp/zfxw_default_en.jsp?siteId=300", ("Latest Stories", "Story Archive")),
    ("Press Services", "/services/", ("Apply Online", "Equipment", "Press Centre", "Transport")),
    ("Interview Routes", "/routes/", ("Finance", "Innovation", "Culture", "Old Town", "Islands")),
    ("Picture Desk", "/pictures/", ("Skyline", "River", "Markets", "People")),
    ("About Us", "/about/", ("Our Office", "Contact List", "Opening Hours", "How to Get There")),
)
_FOOT_LINKS = (
    "Press Centre",
    "Culture Office",
    "Statistics Desk",
    "Museum Guide",
    "Metro Map",
    "Weather Desk",
    "Harbour Office",
    "Library Service",
    "Sports Desk",
    "Visitor Centre",
)


@dataclass(frozen=True)
class Row:
    """A status row, as printed."""

    kind: str
    day: str
    number: str
    word: str


def rows(layout: Layout) -> list[Row]:
    """Return the status rows that stand on every page of ``layout``."""
    prefix = {"jsp": "21315", "aspx": "20714"}[layout]
    application = zip(("04-16", "03-12", "09-26"), ("227", "226", "225"), strict=True)
    inquiry = zip(("02-29", "03-06", "11-14"), ("58", "57", "56"), strict=True)
    return [
        *(Row("application", day, prefix + number, "Processing") for day, number in application),
        *(Row("inquiry", day, f"0{prefix}{number}", "Received") for day, number in inquiry),
    ]


def teaser(text: str) -> str:
    """Cut ``text`` as the portal cuts its teasers."""
    return text if len(text) <= CUT else text[:CUT] + "..."


def _navigation() -> str:
    tabs = []
    for name, address, under in _NAVIGATION:
        drop = "".join(
            f'\n    <li><a href="{address.partition("?")[0]}#{place}">{entry}</a></li>'
            for place, entry in enumerate(under)
        )
        tabs.append(
            f'  <li class="tab" onmouseover="this.className=\'tab on\'" '
            f'onmouseout="this.className=\'tab\'"><a href="{escape(address)}">{name}</a>'
            + (f'\n   <ul class="drop">{drop}\n   </ul>' if drop else "")
            + "</li>"
        )
    return '<ul class="tabs" id="tabs">\n' + "\n".join(tabs) + "\n</ul>"


def _sign_in() -> str:
    return """<div class="signIn"><h3>Sign in</h3>
 <input type="hidden" name="back" value="/jsp/zfxw_default_en.jsp" />
 <input type="hidden" name="token" value="5f1c0b7e93aa4e0d8c61d2f47b9e6a30" />
 <input class="field" type="text" name="user" maxlength="40" onfocus="this.select()" />
 <input class="field" type="password" name="secret" maxlength="40" />
 <input class="button" type="image" src="/images/sign.gif" alt="" onclick="return checkSignIn()" />
 <p><a href="/usercenter/register_en.jsp">Free sign-up</a> | <a
  href="/usercenter/forgot_en.jsp">Forgot password</a></p></div>"""


def _status_lists(layout: Layout) -> str:
    parts = []
    for kind, heading in (("application", "Application Status"), ("inquiry", "Inquiry Status")):
        body = "\n".join(
            f' <tr><td width="62" class="d">{row.day}</td><td width="88">{row.number}</td>'
            f'<td align="right">{row.word}</td></tr>'
            for row in rows(layout)
            if row.kind == kind
        )
        parts.append(
            f"<h3>{heading}</h3>\n"
            f'<table class="rows {kind}" width="100%" cellspacing="0" cellpadding="0">\n{body}\n'
            f"</table>"
        )
    more = '<p class="more"><a href="/status/">view more &raquo;</a></p>'
    return "\n".join(['<div class="box">', *parts, more, "</div>"])


def _pairs() -> str:
    pairs = "\n".join(
        f'<div class="pair">Q: {teaser(label + question)}<br />A: {teaser(other + answer)}</div>'
        for (label, question), (other, answer) in zip(QUESTIONS, ANSWERS, strict=True)
    )
    return f'<div class="box faq"><h3>FAQ</h3>\n{pairs}\n</div>'


def _foot() -> str:
    links = "".join(
        f'\n <li><a href="http://desk{place}.example.org/" target="_blank" '
        f'title="{name}"><img src="/images/desk{place}.gif" width="120" height="40" alt="" />'
        f"{name}</a></li>"
        for place, name in enumerate(_FOOT_LINKS)
    )
    return f"""<div id="foot"><ul>{links}
</ul>
<p>Copyright &copy; 2012-2025 Press Service. All rights reserved.</p>
{COUNTER}</div>"""


def _head(title: str, layout: Layout) -> str:
    return f"""<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
<meta http-equiv="X-UA-Compatible" content="IE=EmulateIE7" />
<title>{escape(title)}</title>
<meta name="keywords" content="press, city, news, service" />
<link rel="stylesheet" type="text/css" href="/css/{layout}.css" />
<link rel="shortcut icon" href="/favicon.ico" />
<script type="text/javascript" src="/js/jquery-1.4.2.min.js"></script>
{STYLE}
{SCRIPT}
</head>"""


def _jsp(title: str, main: str) -> str:
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" \
"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="en">
{_head(title, "jsp")}
<body onload="turn('turn', 2)">
<div id="outer"><!-- header begin -->
<div class="bar"><a href="/"><img id="logo" src="/images/logo_en.gif" alt="" /></a></div>
{NAVIGATION}
<div class="main"><div class="lft">
{main}
</div>
<div class="rgt">
<form name="sign" method="post" action="/usercenter/sign.jsp" onsubmit="return checkSignIn(this)">
{SIGN_IN}
</form>
{STATUS_LISTS["jsp"]}
{PAIRS}
</div><div class="clear"></div></div>
{FOOT}
</div></body></html>
"""


def _aspx(title: str, main: str, state: str) -> str:
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" \
"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
{_head(title, "aspx")}
<body>
<form name="aspnetForm" method="post" action="detail_long.aspx" id="aspnetForm">
<div><input type="hidden" name="__EVENTTARGET" id="__EVENTTARGET" value="" />
<input type="hidden" name="__VIEWSTATE" id="__VIEWSTATE" value="{state}" /></div>
{NAVIGATION}
<div class="main"><div class="lft">
{main}
</div><div class="rgt">
{SIGN_IN}
{STATUS_LISTS["aspx"]}
{PAIRS}
</div></div>
{FOOT}
</form></body></html>
"""


NAVIGATION = _navigation()
SIGN_IN = _sign_in()
STATUS_LISTS: dict[Layout, str] = {"jsp": _status_lists("jsp"), "aspx": _status_lists("aspx")}
PAIRS = _pairs()
FOOT = _foot()


def page(layout: Layout, title: str, main: str, state: str = "") -> bytes:
    """Return the page of ``layout`` around ``main``. ``state`` is an ASPX page's hidden state."""
    text = _jsp(title, main) if layout == "jsp" else _aspx(title, main, state)
    return text.encode()
