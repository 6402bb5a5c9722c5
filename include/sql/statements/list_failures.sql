-- Days that were refused, and not accepted since.
SELECT feed, day, reason
FROM data_quality
WHERE expectation = :expectation AND day BETWEEN :first AND :last
ORDER BY day, feed
