-- answers: rewords remembered answers.
--
-- ARGV[1] key   ARGV[2..] per answer: operation, text
-- Returns how many.

redis.call('HSET', ARGV[1], unpack(ARGV, 2))
return (#ARGV - 1) / 2
