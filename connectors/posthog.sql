-- What PostHog's groups, persons and events are to us. An account is a group; its key is the id by which the product knows it.

-- table: account
SELECT
  company.id AS account_id,
  company.payload ->> '$.name' AS name,
  company.payload ->> '$.domain' AS domain,
  company.payload ->> '$.plan' AS plan,
  company.payload ->> '$.segment' AS segment,
  company.payload ->> '$.region' AS region,
  company.payload ->> '$.created_at' AS created_at,
  coalesce(company.payload ->> '$.external_id', company.id) AS external_id
FROM raw.groups AS company

-- table: person
SELECT
  person.id AS person_id,
  person.payload ->> '$.account' AS account_id,
  person.payload ->> '$.email' AS email,
  person.payload ->> '$.role' AS role,
  person.payload ->> '$.created_at' AS first_seen_at
FROM raw.persons AS person

-- table: event, added
SELECT
  event.id AS event_id,
  event.payload ->> '$.timestamp' AS occurred_at,
  event.payload ->> '$.event' AS event_name,
  event.payload ->> '$.person_id' AS person_id,
  event.payload ->> '$.group' AS account_id,
  event.payload ->> '$.properties."$session_id"' AS session_id,
  event.payload ->> ('$.properties."' || :value || '"') AS value,
  event.payload -> '$.properties' AS attrs
FROM arrived.events AS event
