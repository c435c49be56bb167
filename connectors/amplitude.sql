-- What Amplitude's events are to us, and what the last one of each user and of each group says of them.

-- table: account, added
SELECT
  event.payload ->> '$.group' AS account_id,
  coalesce(event.payload ->> '$.account.name', event.payload ->> '$.group') AS name,
  event.payload ->> '$.account.domain' AS domain,
  event.payload ->> '$.account.plan' AS plan,
  event.payload ->> '$.account.segment' AS segment,
  event.payload ->> '$.account.region' AS region,
  coalesce(event.payload ->> '$.account.external_id', event.payload ->> '$.group') AS external_id
FROM arrived.events AS event
WHERE event.payload ->> '$.group' IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY event.payload ->> '$.group' ORDER BY event.payload ->> '$.uploaded' DESC, event.id DESC) = 1

-- table: person, added
SELECT
  event.payload ->> '$.person' AS person_id,
  event.payload ->> '$.user.account' AS account_id,
  event.payload ->> '$.user.email' AS email,
  event.payload ->> '$.user.role' AS role,
  event.payload ->> '$.created' AS first_seen_at
FROM arrived.events AS event
WHERE event.payload ->> '$.person' <> ''
QUALIFY row_number() OVER (PARTITION BY event.payload ->> '$.person' ORDER BY event.payload ->> '$.uploaded' DESC, event.id DESC) = 1

-- table: event, added
SELECT
  md5(event.id) AS event_id,
  event.payload ->> '$.time' AS occurred_at,
  event.payload ->> '$.event' AS event_name,
  nullif(event.payload ->> '$.person', '') AS person_id,
  event.payload ->> '$.group' AS account_id,
  nullif(event.payload ->> '$.session', '-1') AS session_id,
  event.payload ->> ('$.properties."' || :value || '"') AS value,
  event.payload -> '$.properties' AS attrs
FROM arrived.events AS event
