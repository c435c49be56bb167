-- What Gorgias' things are to us. It knows no companies: a customer is a person, whose account its block may say where to find.

-- table: account
SELECT DISTINCT
  customer.payload ->> '$.account' AS account_id,
  customer.payload ->> '$.account' AS external_id
FROM raw.customers AS customer
WHERE customer.payload ->> '$.account' <> ''

-- table: person
SELECT
  customer.id AS person_id,
  nullif(customer.payload ->> '$.account', '') AS account_id,
  customer.payload ->> '$.email' AS email,
  customer.payload ->> '$.created_datetime' AS first_seen_at,
  customer.payload ->> '$.updated_datetime' AS updated_at
FROM raw.customers AS customer

-- table: ticket
WITH turn AS (
  SELECT
    event.payload ->> '$.object_id' AS ticket_id,
    event.payload ->> '$.type' AS type,
    event.payload ->> '$.created_datetime' AS at
  FROM raw.events AS event
),
past AS (
  SELECT
    turn.ticket_id,
    min(turn.at) FILTER (turn.type = 'ticket-closed') AS first_closed,
    max(turn.at) FILTER (turn.type = 'ticket-closed') AS last_closed,
    count(*) FILTER (turn.type = 'ticket-reopened') AS reopens
  FROM turn
  GROUP BY turn.ticket_id
)
SELECT
  ticket.id AS ticket_id,
  nullif(customer.payload ->> '$.account', '') AS account_id,
  ticket.payload ->> '$.customer_id' AS person_id,
  ticket.payload ->> '$.subject' AS subject,
  ticket.payload ->> '$.channel' AS channel,
  ticket.payload ->> '$.priority' AS priority,
  CASE WHEN ticket.payload ->> '$.snooze_datetime' IS NULL THEN ticket.payload ->> '$.status' ELSE 'snoozed' END AS status,
  ticket.payload ->> '$.status' AS status_raw,
  nullif(ticket.payload ->> '$.tags', '[]') AS tags,
  ticket.payload ->> '$.created_datetime' AS created_at,
  -- A ticket that sleeps is closed to Gorgias, and not resolved.
  coalesce(
    past.first_closed,
    CASE WHEN ticket.payload ->> '$.snooze_datetime' IS NULL THEN ticket.payload ->> '$.closed_datetime' END
  ) AS first_resolved_at,
  CASE
    WHEN ticket.payload ->> '$.status' = 'closed' AND ticket.payload ->> '$.snooze_datetime' IS NULL
    THEN coalesce(ticket.payload ->> '$.closed_datetime', past.last_closed)
  END AS last_resolved_at,
  coalesce(past.reopens, 0) AS reopens,
  ticket.payload ->> '$.assignee' AS assignee,
  ticket.payload ->> '$.via' AS via,
  ticket.payload ->> '$.language' AS language,
  ticket.payload ->> '$.updated_datetime' AS updated_at
FROM raw.tickets AS ticket
LEFT JOIN raw.customers AS customer ON customer.id = ticket.payload ->> '$.customer_id'
LEFT JOIN past ON past.ticket_id = ticket.id

-- table: ticket_message
SELECT
  message.id AS message_id,
  ticket.id AS ticket_id,
  CASE
    WHEN message.payload ->> '$.from_agent' = 'false' THEN 'customer'
    WHEN message.payload ->> '$.rule_id' IS NOT NULL THEN 'bot'
    ELSE 'agent'
  END AS author_kind,
  message.payload ->> '$.public' AS is_public,
  message.payload ->> '$.channel' AS channel,
  coalesce(message.payload ->> '$.sent_datetime', message.payload ->> '$.created_datetime') AS sent_at
FROM raw.messages AS message
JOIN raw.tickets AS ticket ON ticket.id = message.payload ->> '$.ticket_id'
WHERE message.payload ->> '$.failed_datetime' IS NULL

-- table: survey_response
SELECT
  survey.id AS response_id,
  'csat' AS kind,
  survey.payload ->> '$.score' AS score,
  nullif(customer.payload ->> '$.account', '') AS account_id,
  survey.payload ->> '$.customer_id' AS person_id,
  survey.payload ->> '$.ticket_id' AS ticket_id,
  coalesce(survey.payload ->> '$.scored_datetime', survey.payload ->> '$.created_datetime') AS responded_at
FROM raw.satisfaction_surveys AS survey
LEFT JOIN raw.customers AS customer ON customer.id = survey.payload ->> '$.customer_id'
WHERE survey.payload ->> '$.score' IS NOT NULL
