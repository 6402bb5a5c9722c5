DELETE FROM data_quality
WHERE feed = :feed AND day = :day AND expectation = :expectation
