-- Who is who, by what the events of the window show: addresses of hosts, identifiers of accounts, full names of hosts.
-- A view: it costs nothing until it is asked, and is always as the window's data says.
CREATE VIEW entity_link AS
WITH
-- An endpoint's own record of a connection knows which end it is.
address_seen AS (
    SELECT host AS entity, CASE WHEN initiated = 'true' THEN src_ip ELSE dst_ip END AS value, time,
        coalesce(source, '') || ' network' AS evidence
    FROM network WHERE host IS NOT NULL AND image IS NOT NULL AND initiated IN ('true', 'false')
    UNION ALL
    -- The name that a client gives with its logon or ticket.
    SELECT lower(split_part(src_host, '.', 1)), src_ip, time, coalesce(source, '') || ' logon'
    FROM logon WHERE src_host IS NOT NULL AND src_ip IS NOT NULL AND NOT regexp_matches(src_host, '^[0-9.:]+$')
    UNION ALL
    -- Leases.
    SELECT host, coalesce(extra->>'assigned_addr', extra->>'ip_address', extra->>'ip', extra->>'client_addr'), time,
        coalesce(source, '') || ' lease'
    FROM other WHERE channel = 'dhcp' AND host IS NOT NULL AND action IS DISTINCT FROM 'release'
),
address_hour AS (
    SELECT value, entity, time_bucket(INTERVAL 1 HOUR, time) AS hour, min(time) AS first, max(time) AS last,
        count(*) AS events, list_sort(list_distinct(list(evidence))) AS evidence
    FROM address_seen
    WHERE value IS NOT NULL AND entity <> '' AND NOT regexp_matches(
        value, '^(127\.|0\.|22[4-9]\.|23[0-9]\.|255\.|169\.254\.|::1?$|[fF][eE]80:|[fF][fF][0-9a-fA-F]{2}:)')
    GROUP BY ALL
),
-- An address goes from host to host: a span ends where another host has it.
address_step AS (
    SELECT *, (lag(entity) OVER held IS DISTINCT FROM entity)::INT AS is_new
    FROM address_hour WINDOW held AS (PARTITION BY value ORDER BY hour, first, entity)
),
address_span AS (
    SELECT *, sum(is_new) OVER (PARTITION BY value ORDER BY hour, first, entity ROWS UNBOUNDED PRECEDING) AS span
    FROM address_step
),
account_seen AS (
    SELECT lower(split_part(regexp_replace(target_user, '^.*\\', ''), '@', 1)) AS entity, target_sid AS value, time,
        coalesce(source, '') || ' logon' AS evidence
    FROM logon WHERE target_user IS NOT NULL AND target_sid IS NOT NULL
    UNION ALL
    SELECT account, user_sid, time, coalesce(source, '') || ' process' FROM process
    WHERE account IS NOT NULL AND user_sid IS NOT NULL
    UNION ALL
    SELECT account, user_sid, time, coalesce(source, '') || ' account' FROM account
    WHERE account IS NOT NULL AND user_sid IS NOT NULL
    UNION ALL
    SELECT lower(split_part(regexp_replace(target_user, '^.*\\', ''), '@', 1)), target_sid, time, coalesce(source, '') || ' account'
    FROM account WHERE target_user IS NOT NULL AND target_sid IS NOT NULL
),
name_seen AS (
    SELECT host AS entity, lower(computer) AS value, time, coalesce(source, '') || ' logon' AS evidence FROM logon
    UNION ALL SELECT host, lower(computer), time, coalesce(source, '') || ' process' FROM process
    UNION ALL SELECT host, lower(computer), time, coalesce(source, '') || ' network' FROM network
    UNION ALL SELECT host, lower(computer), time, coalesce(source, '') || ' other' FROM other
)
SELECT 'host_address' AS kind, entity, value, min(first) AS first, max(last) AS last, sum(events)::BIGINT AS events,
    array_to_string(list_sort(list_distinct(flatten(list(evidence)))), ', ') AS evidence
FROM address_span GROUP BY value, entity, span
UNION ALL
SELECT 'account_sid', entity, value, min(time), max(time), count(*), array_to_string(list_sort(list_distinct(list(evidence))), ', ')
FROM account_seen WHERE entity NOT IN ('', '-') AND value NOT IN ('', '-', 'S-1-0-0') GROUP BY entity, value
UNION ALL
SELECT 'host_name', entity, value, min(time), max(time), count(*), array_to_string(list_sort(list_distinct(list(evidence))), ', ')
FROM name_seen WHERE entity IS NOT NULL AND value IS NOT NULL AND value <> entity GROUP BY entity, value;
