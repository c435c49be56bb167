-- What Mixpanel's groups, persons and events are to us. An account is a group that has a profile, or that an event names.

-- table: account, added
WITH named AS (
  SELECT company.id FROM raw.groups AS company
  UNION
  SELECT coalesce(event.payload ->> ('$.properties."' || :group || '"[0]'), event.payload ->> ('$.properties."' || :group || '"'))
  FROM arrived.events AS event
)
SELECT
  named.id AS account_id,
  coalesce(company.payload ->> '$.name', named.id) AS name,
  company.payload ->> '$.domain' AS domain,
  company.payload ->> '$.plan' AS plan,
  company.payload ->> '$.segment' AS segment,
  company.payload ->> '$.region' AS region,
  coalesce(company.payload ->> '$.external_id', named.id) AS external_id
FROM named
LEFT JOIN raw.groups AS company ON company.id = named.id
WHERE named.id <> ''

-- table: person
SELECT
  person.id AS person_id,
  person.payload ->> '$.account' AS account_id,
  person.payload ->> '$.email' AS email,
  person.payload ->> '$.role' AS role,
  person.payload ->> '$.created' AS first_seen_at
FROM raw.persons AS person

-- table: event, added
-- The times of a project that is not in UTC are those of its own clock, counted as if it were.
SELECT
  md5(event.id) AS event_id,
  CASE
    WHEN TRY_CAST(event.payload ->> '$.time' AS DOUBLE) IS NULL THEN event.payload ->> '$.time'
    ELSE CAST(timezone(:timezone, CAST(from_epoch(event.payload ->> '$.time', 1000) AS TIMESTAMP)) AS VARCHAR)
  END AS occurred_at,
  event.payload ->> '$.event' AS event_name,
  event.payload ->> '$.person' AS person_id,
  nullif(
    coalesce(event.payload ->> ('$.properties."' || :group || '"[0]'), event.payload ->> ('$.properties."' || :group || '"')), ''
  ) AS account_id,
  event.payload ->> ('$.properties."' || :value || '"') AS value,
  event.payload -> '$.properties' AS attrs
FROM arrived.events AS event
