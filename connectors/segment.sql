-- What Segment's calls are to us. An account is a group, a person a user, or the anonymous id of somebody who is not known yet.

-- table: event, added
SELECT
  call.id AS event_id,
  coalesce(from_device(call.payload), 'none is given') AS occurred_at,
  CASE call.payload ->> '$.type'
    WHEN 'track' THEN call.payload ->> '$.event'
    WHEN 'page' THEN
      coalesce('Viewed ' || nullif(concat_ws(' ', call.payload ->> '$.category', call.payload ->> '$.name'), '') || ' Page', 'Loaded a Page')
    ELSE
      coalesce(
        'Viewed ' || nullif(concat_ws(' ', call.payload ->> '$.category', call.payload ->> '$.name'), '') || ' Screen', 'Loaded a Screen'
      )
  END AS event_name,
  coalesce(nullif(call.payload ->> '$.userId', ''), nullif(call.payload ->> '$.anonymousId', '')) AS person_id,
  nullif(call.payload ->> '$.groupId', '') AS account_id,
  call.payload ->> '$.sessionId' AS session_id,
  CASE
    WHEN json_type(call.payload, '$.properties.value') IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN call.payload ->> '$.properties.value'
  END AS value,
  call.payload ->> '$.properties' AS attrs
FROM arrived.events AS call

-- table: person
WITH call AS (
  SELECT
    said.payload,
    nullif(said.payload ->> '$.userId', '') AS person_id,
    -- What has no time that can be read comes first; of two at the same time the id decides.
    coalesce(TRY_CAST(from_device(said.payload) AS TIMESTAMPTZ), make_timestamptz(0)) AS moment,
    row(moment, said.id) AS place
  FROM raw.traits AS said
),
identified AS (
  SELECT
    call.*,
    CASE WHEN call.payload ->> '$.type' = 'identify' THEN call.payload -> '$.traits' END AS traits
  FROM call
  WHERE call.person_id IS NOT NULL
),
latest AS (
  SELECT
    person_id,
    arg_max(nullif(payload ->> '$.groupId', ''), place) AS account_id,
    arg_max(traits ->> '$.email', place) AS email,
    arg_max(coalesce(traits ->> '$.role', traits ->> '$.title'), place) AS role,
    arg_max(traits ->> '$.createdAt', place) AS created,
    min(moment) AS first_at,
    max(moment) AS last_at
  FROM identified
  GROUP BY person_id
)
SELECT
  latest.person_id,
  latest.account_id,
  latest.email,
  latest.role,
  coalesce(from_epoch(latest.created, CASE WHEN TRY_CAST(latest.created AS DOUBLE) > 1e11 THEN 1000 ELSE 1 END), CAST(first_at AS VARCHAR))
    AS first_seen_at,
  CAST(latest.last_at AS VARCHAR) AS updated_at
FROM latest

-- table: account
WITH call AS (
  SELECT
    nullif(said.payload ->> '$.groupId', '') AS account_id,
    said.payload -> '$.traits' AS traits,
    coalesce(TRY_CAST(from_device(said.payload) AS TIMESTAMPTZ), make_timestamptz(0)) AS moment,
    row(moment, said.id) AS place
  FROM raw.traits AS said
  WHERE said.payload ->> '$.type' = 'group'
),
latest AS (
  SELECT
    account_id,
    arg_max(traits ->> '$.name', place) AS name,
    arg_max(traits ->> '$.website', place) AS domain,
    arg_max(traits ->> ('$."' || :segment || '"'), place) AS segment,
    arg_max(traits ->> ('$."' || :plan || '"'), place) AS plan,
    arg_max(traits ->> ('$."' || :region || '"'), place) AS region,
    arg_max(traits ->> '$.industry', place) AS industry,
    arg_max(traits ->> '$.employees', place) AS seats,
    arg_max(traits ->> '$.createdAt', place) AS created,
    max(moment) AS last_at
  FROM call
  WHERE account_id IS NOT NULL
  GROUP BY account_id
)
SELECT
  latest.account_id,
  latest.name,
  latest.domain,
  latest.segment,
  latest.plan,
  latest.region,
  latest.industry,
  latest.seats,
  from_epoch(latest.created, CASE WHEN TRY_CAST(latest.created AS DOUBLE) > 1e11 THEN 1000 ELSE 1 END) AS created_at,
  CAST(latest.last_at AS VARCHAR) AS updated_at
FROM latest
