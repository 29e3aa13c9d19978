"""Words of lists and their pagers, as data without rules. Each is a regular expression."""

from __future__ import annotations

from typing import Final

PAGE: Final = r"(?:go to )?(?:page|seite|página|pagina|strona|strana|сторінка|страница|第)\s*"
"""Words before the number of a page."""

NEXT_PAGE: Final = (
    r"(?:go to (?:the )?)?next (?:page|results)(?: (?:of|in) .*|\W*\d.*)?"
    r"|next \d+(?: (?:results|items|records))?"
    r"|older (?:posts|entries|news|articles|stories|items|events)"
    r"|earlier (?:posts|news|entries)|下一页|下页"
    r"|后一页|下一頁|下頁"
    r"|次のページ(?:へ)?|次ページ(?:へ)?|다음 ?페이지|nächste seite|seite vor|weitere ergebnisse"
    r"|過去の投稿|较旧文章|早期文章|ältere (?:beiträge|artikel)|äldre inlägg|ældre indlæg"
    r"|eldre innlegg|starsze (?:wpisy|posty)|starší příspěvky|articles plus anciens"
    r"|articoli meno recenti|post più vecchi|postagens mais antigas|posts antigos"
    r"|(?:daha )?eski yazılar|старые записи|page suivante|pagina successiva|pagina seguente"
    r"|página siguiente|próxima página|entradas antiguas|entradas anteriores|volgende pagina"
    r"|oudere berichten|następna strona|následující strana|další strana|следующая страница"
    r"|наступна сторінка|sonraki sayfa|επόμενη σελίδα|nästa sida|neste side|næste side"
    r"|seuraava sivu|halaman berikutnya|الصفحة التالية"
)
"""Texts of a link to the next page of a list, which no other link has."""

MORE_OF_THEM: Final = (
    r"(?:view |show )?(?:more|next) (?:upcoming )?(?:posts|entries|events|results|meetings)"
)
"""Texts of a link to the next page of a list, or to the whole list."""

NEXT: Final = (
    r"next|nxt|older|ältere|äldre|ældre|eldre|oudere?|starsze|starší|weiter"
    r"|nächste|vor|suivante?|siguiente|sig|próximo|próxima|proxima|seguinte"
    r"|successivo|successiva|avanti|volgende|verder|następny|następna|następne|další"
    r"|následující|след|следующая|следующие|вперёд|вперед|далее|дальше|наступна|далі|sonraki"
    r"|ileri|επόμενη|nästa|neste|næste|seuraava|berikutnya|selanjutnya|következő|următoarea"
    r"|înainte|התאלי|הבא|التالي|次|次へ|다음|下一个|ถัดไป|tiếp|sau"
)
"""Texts of a link to the next thing: the next page of a list, or the next article."""

LOADS_MORE: Final = (
    r"(?:load|show) more|(?:load|show|view|see) more (?:results|items|news|posts|articles"
    r"|events|meetings|stories)|more results|mehr (?:laden|anzeigen)|weitere laden|加载更多"
    r"|查看更多"
    r"|点击加载更多|显示更多|もっと見る|更に読み込む|더 ?보기|charger plus|afficher plus"
    r"|voir plus|cargar más|ver más"
    r"|mostra altri|carica altri|meer laden|toon meer|показать ещё|показать еще|загрузить ещё"
)
"""Texts of a button that loads more of a list into the same page."""

OF_DOCUMENTS: Final = (
    r"(?:(?:view|download|read|click(?: here)?(?: for| to)?|see|open|full|final|draft|approved"
    r"|signed|revised|amended|the|html|pdf|word|accessible|online|live|audio|video|post"
    r"|meeting|public|board) )*(?:agendas?(?: (?:packet|pdf|html))?|minutes|packets?"
    r"|materials?|documents?|files?|attachments?|pdf|docx?|html|video|audio|recordings?"
    r"|live ?stream|presentations?|summary|notices?|transcripts?|results?|(?:link to |watch "
    r"|view )?live ?stream|(?:(?:case|event|meeting|department) )*(?:details?|page)"
    r"|more(?: info(?:rmation)?)?"
    r"|information|info|map(?: it)?|directions|register(?: here)?|rsvp|tickets|zoom(?: link)?"
    r"|webcast|watch|listen|here|link|view|download|share|ical|outlook|add to (?:my )?calendar"
    r"|(?:google|export|import) .{0,20}|not available|n/?a|tba|tbd|cancel+ed|rescheduled"
    r"|postponed|none|posted|amended|open|closed|adopted|approved|draft|final|remote|in person"
    r"|hybrid|(?:virtual|online|remote)(?: (?:only|meeting))?|previous versions|media"
    r"|comments?|accessible|all day|on|at|from|to|and|time|date)(?: (?:pdf|packet|here"
    r"|\W?\d+(?:\.\d+)? ?[km]b\W?))*|(?:\d\w\w|first|second|third|fourth|last|every)(?: (?:and"
    r"|&) \w+)? (?:(?:mon|tues|wednes|thurs|fri|satur|sun)day)?s?|议程|会议记录|附件|下载"
    r"|查看|详情|更多"
    r"|tagesordnung|protokoll|niederschrift|ordre du jour|procès-verbal"
)
"""Texts in an entry of a list that do not name the entry: documents, tools, states."""

PLACE: Final = (
    r"(?:meeting )?(?:location|place|venue|where|address|room|facility)s?|会议地点|活动地点"
    r"|地点|地址|场所"
    r"|ort|veranstaltungsort|sitzungsort|lieu|lugar|luogo|plaats"
)
"""Labels of a place."""

PLACE_WORDS: Final = (
    r"\b(?:rooms?|rm|floor|suite|auditorium|(?:council|board) chambers?|(?:city|town|village"
    r"|county) hall|cafeteria|gym(?:nasium)?)\b|\b\d+\s(?:[nsew]\.?\s)?(?:\w+\s){1,3}(?:street"
    r"|st|avenue|ave|road|rd|boulevard|blvd|drive|dr|lane|ln|way|place|pl|parkway|pkwy|court"
    r"|ct|highway|hwy|plaza)\b|\b[a-z]{2},?\s\d{5}(?!\d)|\b(?:via|on) (?:zoom|webex|teams)\b"
    r"|会议室|大厅|号楼"
)
"""Words in a line that is a place without a label."""

MEETING_WORDS: Final = (
    r"\b(?:meetings?|hearings?|committees?|boards?|councils?|commissions?|workshops?|sessions?"
    r"|forums?|conference(?! room)|task force|authority|training|webinar|festival|concert"
    r"|class)\b|会$|会议|大会"
)
"""Words in a line that names a meeting or an event, and no place."""

ITEM_TITLE: Final = (
    r"(?:meeting|event|case)?\s*(?:title|name|subject|description|headline|body|committee"
    r"|board|commission|department|meeting|event|topic|type)(?:\s*(?:title|name|type|body))?"
    r"|标题|名称|题目|会议名称|titel|betreff|gremium|bezeichnung|titre|título|titolo"
)
"""Headers of the column of titles in a list."""

ITEM_LABELS: Final = (
    r"(?:meeting |event |start )?(?:date|time|date ?(?:and|&|/) ?time|when|starts?|published"
    r"|posted|title|event|meeting)\s*[:：]|时间[:：]|日期[:：]|标题[:：]"
)
"""Labels, within an entry of a list, of its title, day and time."""

GENERIC_HEADINGS: Final = (
    r"\b(?:meetings?|agendas?|minutes|schedules?|calendars?|dates?|lists?|upcoming|past"
    r"|previous|recent|archives?|archived|current|future|regular|events?|documents?|notices?|contacts?"
    r"|results?|search|opinions?|news|and|of|the|for|all|videos?|materials|january|february"
    r"|march|april|may|june|july|august|september|october|november|december)\b"
)
"""Words in headings that do not name a list. The other words of the heading name it."""

MEETING_NOUNS: Final = (
    r"\b(?:meetings?|hearings?|workshops?|work sessions?|special sessions?|open house|webinar"
    r"|town hall)\b"
    r"|会议|听证会|座谈会|sitzung|réunion|reunión|riunione|vergadering"
)
"""Words in the name of a meeting."""

AGENDA: Final = r"\b(?:agendas?|minutes|packet)\b|议程|纪要|tagesordnung|protokoll|ordre du jour"
"""Names of the files of a meeting."""

WHEN: Final = (
    r"(?:event |meeting |start )?(?:date|time|date ?(?:and|&|/|,) ?time|when"
    r"|starts?(?: date| time)?)"
    r"|时间|会议时间|活动时间|wann|datum|termin|beginn|quand|cuándo|fecha|quando"
)
"""Labels of the time at which something takes place."""
