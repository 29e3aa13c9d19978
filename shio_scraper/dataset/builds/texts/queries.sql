-- search: Articles with words, Chinese ones of two characters too
SELECT key, published, title, source, url FROM articles
WHERE instr(lower(title || char(10) || paragraphs), lower(:words))
ORDER BY published DESC LIMIT 100

-- by_month: Articles by month and language
SELECT substr(published, 1, 7) AS month, language, count(*) AS articles,
       count(source) AS with_source
FROM articles GROUP BY 1, 2 ORDER BY 1 DESC, 2

-- both_languages: The English and the Chinese page of one id
SELECT en.published, en.title, zh.title AS title_zh, en.key, zh.key AS key_zh
FROM articles AS en, json_each(en.same_as) AS link
JOIN articles AS zh ON zh.key = link.value ->> 'key'
WHERE link.value ->> 'relation' = 'language' AND en.language = 'en'
ORDER BY en.published DESC

-- stories: Each story once: the copy with the smallest key stands for all
SELECT key, published, title, source FROM articles WHERE NOT EXISTS (
    SELECT 1 FROM json_each(same_as) AS link WHERE link.value ->> 'key' < articles.key
    AND link.value ->> 'relation' IN ('copy', 'layout')
) ORDER BY published DESC

-- answers: Every question, with the whole answer where there is one
SELECT faq.language, faq.question, coalesce(entry.answer, faq.answer) AS answer, faq.key
FROM faq LEFT JOIN json_each(faq.same_as) AS link ON link.value ->> 'relation' = 'entry'
LEFT JOIN faq AS entry ON entry.key = link.value ->> 'key' ORDER BY faq.language, faq.key

-- changed: Records that changed or are gone, those that were seen last first
SELECT * FROM records WHERE versions > 1 OR gone ORDER BY last_seen DESC

-- doubts: Records with doubts
SELECT * FROM records WHERE doubts <> '' ORDER BY doubts, key
