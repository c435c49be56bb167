-- What Linear's things are to us. An account is a customer, an idea a customer's request, an objective an initiative.

-- table: account
SELECT
  customer.id AS account_id,
  customer.payload ->> '$.name' AS name,
  customer.payload ->> '$.domains[0]' AS domain,
  tier.payload ->> '$.displayName' AS segment,
  owner.payload ->> '$.name' AS owner,
  status.payload ->> '$.displayName' AS lifecycle,
  customer.payload ->> '$.createdAt' AS created_at,
  customer.payload ->> '$.updatedAt' AS updated_at,
  coalesce(customer.payload ->> '$.mainSourceId', customer.payload ->> '$.externalIds[0]') AS crm_id,
  customer.payload ->> '$.size' AS employees,
  customer.payload ->> '$.revenue' AS revenue
FROM raw.customers AS customer
LEFT JOIN raw.names AS tier ON tier.id = customer.payload ->> '$.tier.id'
LEFT JOIN raw.names AS status ON status.id = customer.payload ->> '$.status.id'
LEFT JOIN raw.names AS owner ON owner.id = customer.payload ->> '$.owner.id'

-- table: objective
SELECT
  initiative.id AS objective_id,
  initiative.payload ->> '$.name' AS name,
  owner.payload ->> '$.name' AS owner,
  initiative.payload ->> '$.parentInitiative.id' AS parent_id,
  left(initiative.payload ->> '$.startedAt', 10) AS starts_on,
  initiative.payload ->> '$.targetDate' AS ends_on,
  initiative.payload ->> '$.updatedAt' AS updated_at,
  initiative.payload ->> '$.status' AS status,
  initiative.payload ->> '$.health' AS health
FROM raw.initiatives AS initiative
LEFT JOIN raw.names AS owner ON owner.id = initiative.payload ->> '$.owner.id'

-- part: within
-- Of several initiatives a project belongs to the one that it was first put into.
SELECT
  tie.payload ->> '$.project.id' AS project_id,
  min_by(initiative.id, (tie.payload ->> '$.createdAt', tie.id)) AS objective_id
FROM raw.initiativeToProjects AS tie
JOIN raw.initiatives AS initiative ON initiative.id = tie.payload ->> '$.initiative.id'
GROUP BY ALL

-- table: project
SELECT
  project.id AS project_id,
  project.payload ->> '$.name' AS name,
  status.payload ->> '$.name' AS status,
  project.payload ->> '$.health' AS health,
  lead.payload ->> '$.name' AS owner,
  within.objective_id,
  coalesce(project.payload ->> '$.startedAt', project.payload ->> '$.createdAt') AS started_at,
  project.payload ->> '$.targetDate' AS target_at,
  project.payload ->> '$.completedAt' AS completed_at,
  project.payload ->> '$.updatedAt' AS updated_at,
  project.payload ->> '$.canceledAt' AS canceled_at,
  project.payload ->> '$.url' AS url
FROM raw.projects AS project
LEFT JOIN part.within AS within ON within.project_id = project.id
LEFT JOIN raw.names AS status ON status.id = project.payload ->> '$.status.id'
LEFT JOIN raw.names AS lead ON lead.id = project.payload ->> '$.lead.id'

-- table: cycle
-- What was planned is the scope at its beginning; what was completed is that of its last day so far.
SELECT
  cycle.id AS cycle_id,
  coalesce(cycle.payload ->> '$.name', 'Cycle ' || regexp_replace(cycle.payload ->> '$.number', '\.0+$', '')) AS name,
  team.payload ->> '$.name' AS team,
  cycle.payload ->> '$.startsAt' AS starts_at,
  cycle.payload ->> '$.endsAt' AS ends_at,
  cycle.payload ->> '$.completedAt' AS completed_at,
  cycle.payload ->> '$.scopeHistory[0]' AS planned,
  cycle.payload ->> '$.completedScopeHistory[#-1]' AS completed,
  cycle.payload ->> '$.updatedAt' AS updated_at
FROM raw.cycles AS cycle
LEFT JOIN raw.names AS team ON team.id = cycle.payload ->> '$.team.id'

-- table: work_item
WITH kind AS (
  SELECT
    issue.id,
    min(lower(label.payload ->> '$.name')) AS name
  FROM raw.issues AS issue, unnest(CAST(issue.payload -> '$.labelIds' AS VARCHAR[])) AS unnested(label_id)
  JOIN raw.names AS label ON label.id = unnested.label_id
  WHERE list_contains(string_split(:kinds, ','), lower(label.payload ->> '$.name'))
  GROUP BY ALL
)
SELECT
  issue.id AS work_item_id,
  issue.payload ->> '$.title' AS title,
  kind.name AS kind,
  team.payload ->> '$.name' AS team,
  within.objective_id,
  issue.payload ->> '$.project.id' AS project_id,
  issue.payload ->> '$.cycle.id' AS cycle_id,
  state.payload ->> '$.name' AS state,
  state.payload ->> '$.type' AS state_type,
  issue.payload ->> '$.estimate' AS estimate,
  issue.payload ->> '$.createdAt' AS created_at,
  issue.payload ->> '$.startedAt' AS started_at,
  issue.payload ->> '$.completedAt' AS completed_at,
  issue.payload ->> '$.updatedAt' AS updated_at,
  issue.payload ->> '$.canceledAt' AS canceled_at,
  issue.payload ->> '$.archivedAt' AS archived_at,
  issue.payload ->> '$.identifier' AS identifier,
  issue.payload ->> '$.priorityLabel' AS priority,
  issue.payload ->> '$.url' AS url
FROM raw.issues AS issue
LEFT JOIN kind ON kind.id = issue.id
LEFT JOIN part.within AS within ON within.project_id = issue.payload ->> '$.project.id'
LEFT JOIN raw.names AS state ON state.id = issue.payload ->> '$.state.id'
LEFT JOIN raw.names AS team ON team.id = issue.payload ->> '$.team.id'

-- table: work_item_state
-- A state that was left at the moment it was entered is none.
SELECT
  issue.id AS work_item_id,
  state.payload ->> '$.name' AS state,
  CASE state.payload ->> '$.type'
    WHEN 'triage' THEN 'backlog'
    WHEN 'canceled' THEN 'cancelled'
    WHEN 'duplicate' THEN 'cancelled'
    ELSE state.payload ->> '$.type'
  END AS state_type,
  unnested.span ->> '$.startedAt' AS entered_at,
  unnested.span ->> '$.endedAt' AS left_at
FROM raw.issues AS issue, unnest(CAST(issue.payload -> '$.states' AS JSON[])) AS unnested(span)
LEFT JOIN raw.names AS state ON state.id = unnested.span ->> '$.stateId'
WHERE (unnested.span ->> '$.endedAt') IS DISTINCT FROM (unnested.span ->> '$.startedAt')

-- table: idea
-- A request is worked through when its issue or project is over, or when somebody archives it.
SELECT
  need.id AS idea_id,
  need.payload ->> '$.customer.id' AS account_id,
  coalesce(issue.payload ->> '$.title', project.payload ->> '$.name') AS title,
  need.payload ->> '$.priority' AS weight,
  need.payload ->> '$.createdAt' AS created_at,
  coalesce(
    issue.payload ->> '$.completedAt',
    issue.payload ->> '$.canceledAt',
    CASE WHEN issue.id IS NULL THEN coalesce(project.payload ->> '$.completedAt', project.payload ->> '$.canceledAt') END,
    need.payload ->> '$.archivedAt'
  ) AS processed_at,
  need.payload ->> '$.updatedAt' AS updated_at,
  need.payload ->> '$.project.id' AS project_id
FROM raw.customerNeeds AS need
LEFT JOIN raw.issues AS issue ON issue.id = need.payload ->> '$.issue.id'
LEFT JOIN raw.projects AS project ON project.id = need.payload ->> '$.project.id'

-- table: release
-- Where no releases are kept, a project that is completed is one.
SELECT
  release.id AS release_id,
  release.payload ->> '$.name' AS name,
  pipeline.payload ->> '$.name' AS kind,
  release.payload ->> '$.targetDate' AS planned_at,
  release.payload ->> '$.completedAt' AS released_at,
  release.payload ->> '$.updatedAt' AS updated_at,
  release.payload ->> '$.version' AS version,
  stage.payload ->> '$.name' AS stage
FROM raw.releases AS release
LEFT JOIN raw.names AS pipeline ON pipeline.id = release.payload ->> '$.pipeline.id'
LEFT JOIN raw.names AS stage ON stage.id = release.payload ->> '$.stage.id'
UNION ALL
SELECT
  project.id,
  project.payload ->> '$.name',
  'project',
  project.payload ->> '$.targetDate',
  project.payload ->> '$.completedAt',
  project.payload ->> '$.updatedAt',
  NULL,
  NULL
FROM raw.projects AS project
WHERE (project.payload ->> '$.completedAt') IS NOT NULL AND (SELECT count(*) FROM raw.releases AS release) = 0

-- table: document
SELECT
  document.id AS document_id,
  document.payload ->> '$.title' AS title,
  CASE
    WHEN (document.payload ->> '$.project.id') IS NOT NULL THEN 'project'
    WHEN (document.payload ->> '$.initiative.id') IS NOT NULL THEN 'initiative'
    WHEN (document.payload ->> '$.issue.id') IS NOT NULL THEN 'issue'
  END AS kind,
  creator.payload ->> '$.name' AS owner,
  document.payload ->> '$.url' AS url,
  document.payload ->> '$.createdAt' AS created_at,
  document.payload ->> '$.updatedAt' AS edited_at,
  coalesce(document.payload ->> '$.trashed', 'false') AS in_trash,
  document.payload ->> '$.updatedAt' AS updated_at
FROM raw.documents AS document
LEFT JOIN raw.names AS creator ON creator.id = document.payload ->> '$.creator.id'

-- table: link
SELECT
  :source AS from_source,
  need.id AS from_id,
  :source AS to_source,
  need.payload ->> '$.issue.id' AS to_id,
  'asked for in' AS kind
FROM raw.customerNeeds AS need
JOIN raw.issues AS issue ON issue.id = need.payload ->> '$.issue.id'
UNION
SELECT
  :source,
  issue.id,
  :source,
  release.id,
  'shipped in'
FROM raw.issueToReleases AS tie
JOIN raw.issues AS issue ON issue.id = tie.payload ->> '$.issue.id'
JOIN raw.releases AS release ON release.id = tie.payload ->> '$.release.id'
