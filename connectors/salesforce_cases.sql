-- What Salesforce's cases are to us: tickets. When they were closed and opened again is told by the history of their status.

-- table: ticket
WITH closing AS (
  -- History tells a status by its name or by its label.
  SELECT DISTINCT unnest([status.payload ->> '$.ApiName', status.payload ->> '$.MasterLabel']) AS word
  FROM raw.case_statuses AS status
  WHERE status.payload ->> '$.IsClosed' = 'true'
),
turn AS (
  SELECT
    history.payload ->> '$.CaseId' AS ticket_id,
    history.payload ->> '$.CreatedDate' AS at,
    before.word IS NOT NULL AS was_closed,
    after.word IS NOT NULL AS is_closed
  FROM raw.case_history AS history
  LEFT JOIN closing AS before ON before.word = history.payload ->> '$.OldValue'
  LEFT JOIN closing AS after ON after.word = history.payload ->> '$.NewValue'
),
past AS (
  SELECT
    turn.ticket_id,
    min(turn.at) FILTER (turn.is_closed AND NOT turn.was_closed) AS first_closed,
    max(turn.at) FILTER (turn.is_closed AND NOT turn.was_closed) AS last_closed,
    count(*) FILTER (turn.was_closed AND NOT turn.is_closed) AS reopens
  FROM turn
  GROUP BY turn.ticket_id
),
tracked AS (
  -- Without any history nobody knows how often a case was opened again.
  SELECT count(*) > 0 AS is_told
  FROM raw.case_history
),
sent AS (
  SELECT
    email.payload ->> '$.ParentId' AS ticket_id,
    coalesce(email.payload ->> '$.MessageDate', email.payload ->> '$.CreatedDate') AS at
  FROM raw.case_emails AS email
  WHERE email.payload ->> '$.Status' IS DISTINCT FROM '5'  -- a draft
),
answer AS (
  SELECT sent.ticket_id, min(sent.at) AS at
  FROM sent
  JOIN raw.cases AS ticket ON ticket.id = sent.ticket_id
  WHERE sent.at > ticket.payload ->> '$.CreatedDate'
  GROUP BY sent.ticket_id
)
SELECT
  ticket.id AS ticket_id,
  ticket.payload ->> '$.AccountId' AS account_id,
  ticket.payload ->> '$.ContactId' AS person_id,
  ticket.payload ->> '$.Subject' AS subject,
  ticket.payload ->> '$.Origin' AS channel,
  ticket.payload ->> '$.Priority' AS priority,
  -- Of a status that has a name of the org's own we know at least whether it is an end.
  CASE
    WHEN list_contains(
      string_split(:known_statuses, ' '), replace(replace(lower(trim(ticket.payload ->> '$.Status')), ' ', '_'), '-', '_')
    ) THEN ticket.payload ->> '$.Status'
    WHEN ticket.payload ->> '$.IsClosed' = 'true' THEN 'closed'
    ELSE 'open'
  END AS status,
  ticket.payload ->> '$.Status' AS status_raw,
  ticket.payload ->> '$.CreatedDate' AS created_at,
  answer.at AS first_response_at,
  coalesce(past.first_closed, ticket.payload ->> '$.ClosedDate') AS first_resolved_at,
  -- One that was opened again is not resolved.
  CASE
    WHEN ticket.payload ->> '$.IsClosed' = 'true' THEN coalesce(past.last_closed, ticket.payload ->> '$.ClosedDate')
  END AS last_resolved_at,
  coalesce(past.reopens, CASE WHEN tracked.is_told THEN 0 END) AS reopens,
  owner.payload ->> '$.Name' AS assignee,
  ticket.payload ->> '$.SystemModstamp' AS updated_at
FROM raw.cases AS ticket
CROSS JOIN tracked
LEFT JOIN past ON past.ticket_id = ticket.id
LEFT JOIN answer ON answer.ticket_id = ticket.id
LEFT JOIN raw.users AS owner ON owner.id = ticket.payload ->> '$.OwnerId'
