"""Words that the sites of public offices and newspapers share, as data without rules.

A portal's own vocabulary comes first. On any site, these words decide what form leaves open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shio_scraper.items import RowStatus


def _words(text: str) -> tuple[str, ...]:
    return tuple(" ".join(word.split()) for word in text.split(","))


SOURCE_LABELS: Final = _words(
    """
    Source, Sources, From, Original source, 来源, 来 源, 稿件来源, 信息来源, 文章来源,
    新闻来源, 本文来源, 稿源, 文章出处, 资料来源, 内容来源, 來源, 出处, Quelle, Fuente, Fonte
    """
)
"""Labels of the source: their value is who published a text first."""

DATE_LABELS: Final = _words(
    """
    Date, Published, Publish Date, Publish Time, Published on, Published at, Posted,
    Posted on, Release Date, Release Time, Time, Pubdate, Date published, Issued,
    Publication date, First published, Date posted, Posted at, Published date, 日期, 时间,
    发布日期, 发布时间, 发表时间, 发文日期, 成文日期, 时间发布, 公开日期, 发稿时间, 发表日期,
    印发日期, 生成日期, 發佈日期, 發布時間, 日 期, 时 间, 发布于
    """
)
"""Labels of the day of publication."""

UPDATE_LABELS: Final = _words(
    """
    Updated, Updated on, Last updated, Last modified, Modified, Last Update, Update,
    Last updated on, Page last updated, Last reviewed, Date modified, Reviewed, 更新时间,
    更新日期, 最后更新, 最近更新, 修改时间, 上次更新时间, 更新于
    """
)
"""Labels of the day of an update, which is later than the day of publication."""

OTHER_DAYS: Final = _words(
    """
    Page generated on, Generated on, Today, Today is, Now, Printed on, Accessed, Deadline,
    Effective, Expires, Valid until, Event date, Date of event, Meeting date, When, Start,
    End, Ends, Starts, 今天是, 今天, 现在时间, 当前时间, 活动时间, 活动日期, 会议时间, 截止时间,
    截止日期, 有效期, 打印时间, 访问时间
    """
)
"""Labels of days that are no day of publication."""

PHONE_LABELS: Final = _words("Tel, Telephone, Phone, Mobile, 电话, 手机, 联系电话, 電話")
"""Labels of a telephone number."""

CREDIT_LABELS: Final = _words(
    """
    Editor, Editors, Edited by, Author, Authors, By, Written by, Reporter, Photo by,
    Photo credit, Photos by, Image credit, Credit, Reporting by, Translated by,
    Correspondent, Contributor, Web editor, Copy editor, 编辑, 责任编辑, 责编, 网络编辑,
    本文编辑, 值班编辑, 执行编辑, 编 辑, 主编, 编审, 作者, 作 者, 记者, 通讯员, 撰稿, 撰文,
    供稿, 供稿单位, 投稿, 采写, 审核, 审稿, 审校, 校对, 校审, 初审, 复审, 终审, 一审, 二审,
    三审, 签发, 监制, 摄影, 摄像, 制图, 统筹, 策划, 制作, 排版, 录入, 发布, 发布人, 发布单位,
    发布机构, 责任人, 编校, 校核, 实习编辑, 编播, 翻译, 编译, 责任编輯, 編輯, 作者单位,
    信息员, 上稿, 值班主任, 原标题, 责任校对, 审签, 编发
    """
)
"""Labels of the people who worked on a text. Such a line is no part of the text."""

EVENT_FIELDS: Final = dict.fromkeys(
    _words(
        "Registration Deadline, Register by, RSVP by, Anmeldeschluss, 报名截止时间, 报名截止日期"
    ),
    "registration_deadline",
) | {
    **dict.fromkeys(_words("End Time, Ends, Ends on, Ende, 结束时间"), "ends"),
    **dict.fromkeys(
        _words("Contact, Ansprechpartner, Ansprechpartnerin, Kontakt, 联系人"), "contact"
    ),
    **dict.fromkeys(_words("Phone, Telephone, Tel, Telefon, 电话, 联系电话"), "phone"),
}
"""Label in an event → the field that its value goes to."""

HOST_LABELS: Final = _words("Host, Moderator, Emcee, MC, 主持人")
"""Labels of a press conference's host whose name is not printed."""

ASKER_LABELS: Final = _words("Reporter, Journalist, Correspondent, Question, 记者")
"""Labels of a person who asks and whose name is not printed."""

SPEAKER_LISTS: Final = _words("Speakers, Speakers List, List of speakers, Attendees, Guests")
"""Headings of a list of speakers."""

HONORIFICS: Final = _words(
    """
    Mr, Mrs, Ms, Dr, Prof, Professor, Mayor, Vice Mayor, Deputy Mayor, Director, Deputy
    Director, Director General, Deputy Director General, Secretary, Secretary General, Deputy
    Secretary General, Chairman, Vice Chairman, President, Vice President, Commissioner,
    Spokesman, Spokeswoman, Spokesperson
    """
)
"""Titles that stand before the name of a person."""

OUTLET_WORDS: Final = _words(
    """
    News, Daily, Times, Post, Press, Agency, TV, Television, Radio, Herald, Journal, Weekly,
    Monthly, Magazine, Media, Channel, Broadcasting, Broadcast, Network, Online, Newspaper,
    Gazette, Tribune, Observer, Review, Satellite, Evening, Morning, Courier, Chronicle,
    Telegraph, Mirror, Standard, Globe, Bulletin, Wire, Newswire
    """
)
"""Words by which the name of a news outlet is known: it has one of them."""

COUNTER_LABELS: Final = _words(
    """
    Views, Hits, Page views, Reads, Clicks, Comments, Shares, Read, 浏览次数, 浏览量, 浏览,
    阅读次数, 阅读量, 阅读数, 阅读, 点击, 点击数, 点击量, 点击率, 访问量, 访问次数, 人气,
    评论, 评论数, 次数, 點擊數, 瀏覽次數, 点击次数, 查看
    """
)
"""Labels of a site's counters, such as the number of readers."""

TOOL_WORDS: Final = _words(
    """
    Print, Share, Email, E-mail, Save, Close, Font size, Text size, Listen, Tweet,
    Share this, Print this page, Share on, Like, Follow, Follow us, Copy link, Top,
    Back to top, Download, PDF, Subscribe, Comments, Reply, Report, Facebook, Twitter,
    WhatsApp, LinkedIn, Pinterest, Reddit, Telegram, Get short URL, 字体, 字号, 大, 中, 小,
    字大, 字小, 打印, 关闭, 分享, 收藏, 纠错, 打印本页, 关闭窗口, 关闭本页, 返回顶部, 扫一扫,
    微信, 微博, 新浪微博, 空间, QQ空间, 复制链接, 打印文章, 内容纠错, 分享到, 分享至,
    我要纠错, 我的收藏, 听全文, 调整字体, 举报, 投诉, 返回, 返回列表, 点赞, 赞, 转发, 推荐,
    朋友圈, 易信, 人人网, qq, 头条, 下载, 播报, 语音播报, 朗读, 繁体, 简体, 字體, 列印,
    网友评论, 我要评论, 发表评论, 客户端
    """
)
"""Words on the buttons beside a text: print, share, font size."""

RELATED: Final = _words(
    """
    Related, Related links, Related news, Related articles, Related stories, Read more,
    More on this story, More news, Recommended, You may also like, See also, More from,
    Read next, Most read, Most popular, Latest news, Trending, Tags, Topics, Share,
    Attachments, Attachment, Downloads, Related documents, About the author, Comments, 相关,
    相关链接, 相关新闻, 相关文章, 相关阅读, 相关推荐, 相关报道, 相关附件, 相关文档, 相关稿件,
    推荐阅读, 延伸阅读, 热点新闻, 热门推荐, 为你推荐, 附件, 附件下载, 文件下载, 关联文件,
    标签, 关键词, 上一篇, 下一篇, 上一条, 下一条, 分享到, 大家都在看, 猜你喜欢, 更多,
    更多新闻, 专题, 网友评论, 精彩推荐, 友情链接, 相關新聞, 相关政策, 政策解读
    """
)
"""Headings of parts that do not belong to a text: lists of other texts, attachments, tags."""

COMMENTS: Final = (
    r"((leave|post|add|write) a (comment|reply)"
    r"|((top|all|latest|recent|reader|user|show|view) )?(comments?|responses|replies)"
    r"|kommentare?|commentaires?|comentarios|commenti|reacties|комментарии|コメント"
    r"|(热门|最新|全部|网友|精彩|发表|我要|用户)?(评论|跟帖|留言)区?)"
    r"|\d+ (thoughts?|comments?|responses?|repl(y|ies)) (on|to) .*"
)
"""Regular expression of the heading above readers' comments, without their number."""

TRAIL: Final = (
    r"^(当前位置|您的位置|您现在的位置|所在位置|首页\s*>|you are here|sie sind hier|home\s*[>»]"
    r"|startseite\s*[>»])|^(主办单位|主办|承办单位|备案号|网站标识码)\s*[:：]"
    r"|^(seiten?|pages?|页码)\s*[:：]?(\s*\d+)+$"
)
"""Regular expression of a line that says where a page stands in the site, or who runs the site."""

QUESTIONS: Final = (
    r"\b(faqs?|frequently asked|common questions|your questions|questions (and|&) answers|q ?& ?a)"
    r"\b"
    r"|常见问题|问答|常见问答|问题解答|共性问题|热点问题|常見問題"
)
"""Regular expression of the heading of a page, or of a part of one, that lists questions."""

FOOT: Final = (
    r"^copyrights?\s*(©|@|\(c\)|\d{4}|by\b|[:：|]|all\b)|^(©|\(c\)\s*\d{4}|版权所有)|"
    r"^\W*all rights reserved\W*$|(^copyright\b|\b(19|20)\d\d\b).{0,80}\ball rights reserved\W*$|"
    r"ICP[备证]\s?\d|^(site ?map|网站地图)\W*$"
)
"""Regular expression of the text in the foot of a page."""

FOOT_WORDS: Final = (
    *("copyright", "©", "(c)", "版权所有", "rights reserved", "icp", "site map", "sitemap"),
    "网站地图",
)
"""Words in lower case. Each match of ``FOOT`` has one of them."""

LEADS_TO_ANOTHER_DAY: Final = _words("until, till, before, after, since, of, for")
"""Words before a day in a sentence that make it another day than that of publication."""

LEADS_TO_A_DAY: Final = (*LEADS_TO_ANOTHER_DAY, "on", "by", "from", "dated")
"""Words before any day in a sentence. In a title, such a day is part of the title."""

GREETINGS: Final = (
    r"(dear|good (morning|afternoon|evening)|hello|ladies and gentlemen)\b|各位|大家好"
)
"""Regular expression of the greeting with which a person begins to speak."""

NAVIGATION: Final = _words(
    """
    Home, Home Page, 首页, 中文, 中文版, English, English Version, Large, Medium, Small,
    Font size, Font, 字体, 字号, 大, 中, 小, Share to, Weibo, WeChat, Twitter, Facebook, LinkedIn,
    分享到, Print, 打印, Close, 关闭, Back, 返回, Top, Share, 分享, 打印本页, 关闭窗口, 关闭本页,
    Previous, Previous Page, Prev, Next, Next Page, First, First Page, Last, Last Page, 上一页,
    下一页, 末页, 尾页, 上一篇, 下一篇, <, >, <<, >>, Back to list, Back to top, 返回列表,
    返回顶部, Current location, Your location, 当前位置, 您的位置
    """
)
"""Texts that stand alone in menus, in pagers and among the tools of any page."""

LEAF: Final = (
    r"^(Previous|Next)( (article|page|story|news))?\s*[:：]|^(上一篇|下一篇)\s*[:：]|"
    r"^(Hits|Views|Page views|Clicks|Reads|浏览次数|浏览量|点击|点击数|点击量|阅读)"
    r"\s*[:：]?\s*\d+$|"
    r"^((First|Previous|Prev)( page)?|首页|上一页|<+|«)(\s+\d+)+"
    r"(\s+((Next|Last)( page)?|下一页|末页|尾页|>+|»))*$|"
    r"^Page \d+ of \d+$|^(\d+\s+){2,}((Next|下一页)?\s*[>»]*)$"
)
"""Regular expression of a line that leads to the next pages, counts readers or numbers pages."""

NOT_FOUND: Final = (
    r"^\W*(http\s*)?(status\s*|error\s*)*404\W*(error|(file |page )?not found)?\W*$|"
    r"^\W*not found\W*$|"
    r"\b(page|file|article|content)\b.{0,40}\b(not (be )?found|does(n't| not) exist"
    r"|(has been|was) (removed|deleted)|(is )?no longer available)|"
    r"(页面|文章|内容|网页|信息)\S{0,8}(不存在|找不到|已删除|已被删除)|"
    r"找不到\S{0,8}(页面|文章|网页)"
)
"""Regular expression of the text of a page that says that the requested page does not exist."""

MORE: Final = r"(read |view |see )?(more|details?|full (text|story))|详细|详情|更多|阅读全文"
"""Regular expression of the text of a link that only says that there is more."""

MORE_AT_END: Final = r"read more|view more|more|详细|更多"
"""Regular expression of such words at the end of a teaser."""

EXTENSION: Final = r"ext\.?|转|x"
"""Regular expression of the words between a telephone number and its extension."""

REFERENCE_HEADERS: Final = (
    r"ref\.?|refs|reference|no\.?|nos|num|number|numbers|nr|id|identifier|#|docket|dockets|serial"
    r"|\w*(编号|編號|文号|案号|单号|证号|序列号|流水号|项目号|合同号|受理号|登记号|备案号|許可證號)"
)
"""Words in the header of a column of references: the numbers that an office gives its matters."""

MATTER_HEADERS: Final = (
    r"applications?|cases?|permits?|dockets?|files?|appeals?|tenders?|bids?|contracts?|licen[cs]es?|orders?"
    r"|opinions?|decisions?|complaints?|notices?|records?|registrations?|certificates?|requests?"
    r"|projects?|citations?|slip|op\.?|filings?|proposals?|our|your|link|links|pdf|view|details|the"
)
"""Further words in the header of such a column. A header of these words alone may be one too."""

NO_REFERENCE_HEADERS: Final = (
    r"phone|tel|telephone|fax|house|street|lot|plot|pages?|units?|rooms?|floors?|postal|zip|size"
    r"|amount|cost|fee|fees|value|price|total|date|name|title|type|电话|手机|金额|页数|人数"
)
"""Words in the headers of columns of other numbers, and of names and types."""

DAY_HEADERS: Final = (
    r"dates?|day|days|time|filed|lodged|lodgement|received|submitted|issued|decided|determined"
    r"|posted|published|registered|validated|released|opened|opening|closed|closing|completed"
    r"|updated|deadline|expires|expiry|due|started|ended|\w*(日期|时间|時間|日)"
)
"""Words in the headers of columns of days."""

STATUS_HEADERS: Final = (
    r"status|\w*状态|\w*狀態|办理情况|进度|进展",
    r"stage|progress|phase|阶段",
    r"decisions?|determination|outcome|disposition|result|resolution|办理结果|处理结果|审批结果|结果",
)
"""Words in the headers of a column of statuses, the clearest words first."""

NO_STATUS_HEADERS: Final = r"date|day|time|number|no\.?|type|by|maker|level|日期|时间|部门"
"""Words that make a header with a word of a status the header of another column."""

MEETING_HEADERS: Final = (
    r"meetings?|agendas?|minutes|packets?|venue|location|place|events?|time|times|download|size|mail|email"
    r"|会议|议程|地点|时间"
)
"""Words in the headers of tables of meetings and files.

Their rows have a day and a link, but they are no records of matters.
"""

ROW_STATUS: Final[Mapping[RowStatus, tuple[str, ...]]] = {
    "refused": _words(
        """
        not approved, not granted, not successful, refused, refusal, rejected, denied, dismissed,
        declined, disapproved, unsuccessful, failed, refuse, 不予, 不通过, 未通过, 驳回, 拒绝,
        退回, 不受理
        """
    ),
    "withdrawn": _words(
        """
        withdrawn, cancelled, canceled, lapsed, abandoned, expired, revoked, terminated, void,
        superseded, 撤回, 撤销, 取消, 终止, 作废, 废标, 流标
        """
    ),
    "processing": _words(
        """
        not decided, no decision, not determined, undecided, undetermined, undergoing,
        under assessment, under review, under consideration, under evaluation, under appeal,
        under investigation, under planning, under building, waiting, assigned, allocation,
        evaluation, preparing, outstanding, not paid, committee, laid over, deferred, pending,
        in progress, processing, current, open, active, ongoing, awaiting, advertising,
        advertised, notification, referred, referral, allocated, assessment, assessing, review,
        required, requested, consideration, exhibition, hearing, appeal period, 办理中, 处理中,
        审核中, 审批中, 受理中, 进行中, 待办, 待审, 待处理, 在办, 公示中, 审理中
        """
    ),
    "approved": _words(
        """
        approved, approval, adopted, passed, enacted, granted, issued, awarded, consent,
        permitted, allowed, accepted, successful, permit amended, approve, grant, 批准, 准予,
        通过, 同意, 核准, 许可, 中标, 成交
        """
    ),
    "completed": _words(
        """
        decided, determined, completed, complete, closed, finalised, finalized, final, finished,
        resolved, disposed, answered, replied, settled, affirmed, reversed, remanded, vacated,
        published, 办结, 已办, 已答复, 已回复, 完成, 完结, 结案, 结束, 审结
        """
    ),
    "received": _words(
        """
        received, lodged, submitted, registered, acknowledged, acknowledgment, valid, validated,
        new, filed, recorded, introduced, 已受理, 受理, 收到, 收件, 已提交, 登记
        """
    ),
}
"""Normal form of a row's status → its words. If several forms occur, the first of them counts."""

MONTH_FIRST_HOSTS: Final = ("us", "gov", "mil")
DAY_FIRST_HOSTS: Final = (
    *("au", "br", "de", "dk", "es", "eu", "fr", "gr", "ie", "in", "it", "mx", "my", "ng", "no"),
    *("nz", "pl", "pt", "ro", "ru", "sg", "tr", "uk", "za"),
)
"""Ends of hosts whose countries write dates in figures with the month first, or the day first."""
