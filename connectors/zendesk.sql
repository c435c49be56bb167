-- What Zendesk's objects are to us. An account is an organization; metrics are minutes by the clock and in business hours.

-- table: account
SELECT
  organization.id AS account_id,
  organization.payload ->> '$.name' AS name,
  organization.payload ->> '$.domain_names[0]' AS domain,
  organization.payload ->> ('$.organization_fields."' || :segment || '"') AS segment,
  organization.payload ->> ('$.organization_fields."' || :plan || '"') AS plan,
  organization.payload ->> ('$.organization_fields."' || :region || '"') AS region,
  organization.payload ->> '$.created_at' AS created_at,
  organization.payload ->> '$.updated_at' AS updated_at,
  organization.payload ->> '$.external_id' AS external_id,
  organization.payload -> '$.domain_names' AS domains
FROM raw.organizations AS organization

-- table: person
SELECT
  member.id AS person_id,
  member.payload ->> '$.organization_id' AS account_id,
  nullif(member.payload ->> '$.email', '') AS email,
  member.payload ->> '$.role' AS role,
  CASE WHEN member.payload ->> '$.role' = 'end-user' THEN 'false' ELSE 'true' END AS is_internal,
  member.payload ->> '$.created_at' AS first_seen_at,
  member.payload ->> '$.updated_at' AS updated_at,
  member.payload ->> '$.external_id' AS external_id
FROM raw.users AS member
WHERE member.payload ->> '$.active' IS DISTINCT FROM 'false'

-- table: ticket
WITH told AS (
  SELECT
    ticket.id,
    ticket.payload,
    ticket.payload ->> '$.created_at' AS created_at,
    ticket.payload ->> '$.metrics.reply_time_in_minutes.calendar' AS first_response_minutes,
    ticket.payload ->> '$.metrics.first_resolution_time_in_minutes.calendar' AS first_resolution_minutes
  FROM raw.tickets AS ticket
)
SELECT
  told.id AS ticket_id,
  coalesce(told.payload ->> '$.organization_id', requester.payload ->> '$.organization_id') AS account_id,
  told.payload ->> '$.requester_id' AS person_id,
  told.payload ->> '$.subject' AS subject,
  told.payload ->> '$.channel' AS channel,
  told.payload ->> '$.priority' AS priority,
  told.payload ->> '$.status' AS status,
  told.payload ->> '$.tags' AS tags,
  told.created_at,
  -- Zendesk tells how long it took, not when it was.
  after_minutes(told.created_at, told.first_response_minutes) AS first_response_at,
  after_minutes(told.created_at, told.first_resolution_minutes) AS first_resolved_at,
  -- One that was opened again is not resolved.
  CASE WHEN told.payload ->> '$.status' IN ('solved', 'closed') THEN told.payload ->> '$.metrics.solved_at' END AS last_resolved_at,
  told.payload ->> '$.metrics.reopens' AS reopens,
  told.first_response_minutes,
  told.payload ->> '$.metrics.reply_time_in_minutes.business' AS first_response_business_minutes,
  CASE
    WHEN told.payload ->> '$.status' IN ('solved', 'closed') THEN told.payload ->> '$.metrics.full_resolution_time_in_minutes.calendar'
  END AS resolution_minutes,
  CASE
    WHEN told.payload ->> '$.status' IN ('solved', 'closed') THEN told.payload ->> '$.metrics.full_resolution_time_in_minutes.business'
  END AS resolution_business_minutes,
  told.payload ->> '$.updated_at' AS updated_at,
  told.payload ->> '$.type' AS type,
  assignee.payload ->> '$.name' AS assignee
FROM told
LEFT JOIN raw.users AS requester ON requester.id = told.payload ->> '$.requester_id'
LEFT JOIN raw.users AS assignee ON assignee.id = told.payload ->> '$.assignee_id'

-- table: ticket_message
SELECT
  comment.id AS message_id,
  ticket.id AS ticket_id,
  CASE
    WHEN author.payload ->> '$.role' IN ('agent', 'admin') THEN 'agent'
    WHEN author.payload ->> '$.role' = 'end-user' THEN 'customer'
    WHEN comment.payload ->> '$.author_id' = ticket.payload ->> '$.requester_id' THEN 'customer'
    WHEN comment.payload ->> '$.author_id' = '-1' THEN 'system'
  END AS author_kind,
  comment.payload ->> '$.public' AS is_public,
  comment.payload ->> '$.channel' AS channel,
  comment.payload ->> '$.created_at' AS sent_at
FROM raw.comments AS comment
JOIN raw.tickets AS ticket ON ticket.id = comment.payload ->> '$.ticket_id'
LEFT JOIN raw.users AS author ON author.id = comment.payload ->> '$.author_id'

-- table: survey_response
SELECT
  rating.id AS response_id,
  'csat' AS kind,
  CASE rating.payload ->> '$.score' WHEN 'good' THEN '5' WHEN 'bad' THEN '1' ELSE rating.payload ->> '$.score' END AS score,
  coalesce(ticket.payload ->> '$.organization_id', requester.payload ->> '$.organization_id') AS account_id,
  rating.payload ->> '$.requester_id' AS person_id,
  rating.payload ->> '$.ticket_id' AS ticket_id,
  rating.payload ->> '$.created_at' AS responded_at
FROM raw.ratings AS rating
LEFT JOIN raw.tickets AS ticket ON ticket.id = rating.payload ->> '$.ticket_id'
LEFT JOIN raw.users AS requester ON requester.id = rating.payload ->> '$.requester_id'
-- A rating that is changed is a new one there: the last of a ticket counts.
QUALIFY row_number() OVER (
  PARTITION BY rating.payload ->> '$.ticket_id' ORDER BY rating.payload ->> '$.created_at' DESC, length(rating.id) DESC, rating.id DESC
) = 1
