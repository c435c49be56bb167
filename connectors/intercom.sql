-- What Intercom's objects are to us. An account is a company, a ticket a conversation; times are seconds since 1970.

-- table: account
SELECT
  company.id AS account_id,
  company.payload ->> '$.name' AS name,
  company.payload ->> '$.website' AS domain,
  company.payload ->> ('$.custom."' || :segment || '"') AS segment,
  company.payload ->> ('$.custom."' || :region || '"') AS region,
  company.payload ->> '$.plan.name' AS plan,
  company.payload ->> '$.industry' AS industry,
  company.payload ->> '$.size' AS seats,
  from_epoch(coalesce(company.payload ->> '$.remote_created_at', company.payload ->> '$.created_at'), 1) AS created_at,
  from_epoch(company.payload ->> '$.updated_at', 1) AS updated_at,
  company.payload ->> '$.company_id' AS external_id,
  company.payload ->> '$.monthly_spend' AS monthly_spend,
  company.payload ->> '$.user_count' AS user_count
FROM raw.companies AS company

-- table: person
SELECT
  contact.id AS person_id,
  contact.payload ->> '$.companies[0]' AS account_id,
  nullif(contact.payload ->> '$.email', '') AS email,
  contact.payload ->> '$.role' AS role,
  from_epoch(contact.payload ->> '$.created_at', 1) AS first_seen_at,
  from_epoch(contact.payload ->> '$.updated_at', 1) AS updated_at,
  contact.payload ->> '$.external_id' AS external_id
FROM raw.contacts AS contact

-- table: ticket
SELECT
  conversation.id AS ticket_id,
  coalesce(conversation.payload ->> '$.company', contact.payload ->> '$.companies[0]') AS account_id,
  conversation.payload ->> '$.contacts.contacts[0].id' AS person_id,
  nullif(trim(regexp_replace(conversation.payload ->> '$.source.subject', '<[^>]*>', '', 'g')), '') AS subject,
  conversation.payload ->> '$.source.type' AS channel,
  nullif(conversation.payload ->> '$.priority', 'none') AS priority,
  conversation.payload ->> '$.state' AS status,
  conversation.payload ->> '$.tags' AS tags,
  from_epoch(conversation.payload ->> '$.created_at', 1) AS created_at,
  from_epoch(conversation.payload ->> '$.statistics.first_admin_reply_at', 1) AS first_response_at,
  from_epoch(conversation.payload ->> '$.statistics.first_close_at', 1) AS first_resolved_at,
  -- One that was opened again is not resolved.
  CASE
    WHEN conversation.payload ->> '$.state' = 'closed' THEN from_epoch(conversation.payload ->> '$.statistics.last_close_at', 1)
  END AS last_resolved_at,
  conversation.payload ->> '$.statistics.count_reopens' AS reopens,
  from_epoch(conversation.payload ->> '$.updated_at', 1) AS updated_at,
  admin.payload ->> '$.name' AS assignee,
  conversation.payload ->> '$.source.delivered_as' AS delivered_as
FROM raw.conversations AS conversation
LEFT JOIN raw.admins AS admin ON admin.id = conversation.payload ->> '$.admin_assignee_id'
LEFT JOIN raw.contacts AS contact ON contact.id = conversation.payload ->> '$.contacts.contacts[0].id'

-- table: ticket_message
WITH written AS (
  SELECT
    conversation.id || '/source' AS message_id,
    conversation.id AS ticket_id,
    conversation.payload ->> '$.source.author' AS author,
    'source' AS kind,
    conversation.payload ->> '$.created_at' AS sent_at
  FROM raw.conversations AS conversation
  SEMI JOIN raw.parts AS part ON part.id = conversation.id
  UNION ALL
  SELECT unnested.part ->> '$.id', part.id, unnested.part ->> '$.author', unnested.part ->> '$.part_type', unnested.part ->> '$.created_at'
  FROM raw.parts AS part
  SEMI JOIN raw.conversations AS conversation ON conversation.id = part.id,
  unnest(CAST(part.payload -> '$.parts' AS JSON[])) AS unnested(part)
)
SELECT
  written.message_id,
  written.ticket_id,
  CASE
    WHEN written.author IN ('user', 'lead', 'contact') THEN 'customer'
    WHEN written.author IN ('admin', 'team') THEN 'agent'
    ELSE written.author
  END AS author_kind,
  CASE WHEN written.kind LIKE 'note%' THEN 'false' ELSE 'true' END AS is_public,
  conversation.payload ->> '$.source.type' AS channel,
  from_epoch(written.sent_at, 1) AS sent_at
FROM written
JOIN raw.conversations AS conversation ON conversation.id = written.ticket_id

-- table: survey_response
SELECT
  conversation.id AS response_id,
  'csat' AS kind,
  conversation.payload ->> '$.rating.rating' AS score,
  coalesce(conversation.payload ->> '$.company', contact.payload ->> '$.companies[0]') AS account_id,
  coalesce(conversation.payload ->> '$.rating.contact.id', conversation.payload ->> '$.contacts.contacts[0].id') AS person_id,
  conversation.id AS ticket_id,
  from_epoch(coalesce(conversation.payload ->> '$.rating.updated_at', conversation.payload ->> '$.rating.created_at'), 1) AS responded_at
FROM raw.conversations AS conversation
LEFT JOIN raw.contacts AS contact ON contact.id = conversation.payload ->> '$.contacts.contacts[0].id'
WHERE conversation.payload ->> '$.rating.rating' IS NOT NULL
