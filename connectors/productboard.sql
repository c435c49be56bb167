-- What Productboard's things are to us. An account is a company, an idea a note, an objective also a key result or an initiative.

-- table: account
SELECT
  company.id AS account_id,
  company.payload ->> '$.fields.name' AS name,
  company.payload ->> '$.fields.domain' AS domain,
  coalesce(
    company.payload ->> ('$.fields."' || :segment || '".name'), company.payload ->> ('$.fields."' || :segment || '"')
  ) AS segment,
  coalesce(company.payload ->> ('$.fields."' || :plan || '".name'), company.payload ->> ('$.fields."' || :plan || '"')) AS plan,
  coalesce(company.payload ->> ('$.fields."' || :region || '".name'), company.payload ->> ('$.fields."' || :region || '"')) AS region,
  owner.payload ->> '$.name' AS owner,
  company.payload ->> '$.createdAt' AS created_at,
  company.payload ->> '$.updatedAt' AS updated_at,
  company.payload ->> ('$.fields."' || :external_id || '"') AS external_id,
  company.payload ->> '$.origin.recordId' AS crm_id,
  company.payload ->> '$.origin.system' AS crm
FROM raw.companies AS company
LEFT JOIN raw.members AS owner ON owner.id = company.payload ->> '$.owner'

-- table: person
-- A token that may not see addresses gets the same word for all.
SELECT
  customer.id AS person_id,
  company.id AS account_id,
  nullif(customer.payload ->> '$.fields.email', '[redacted]') AS email,
  customer.payload ->> '$.createdAt' AS first_seen_at,
  customer.payload ->> '$.updatedAt' AS updated_at
FROM raw.users AS customer
LEFT JOIN raw.companies AS company ON company.id = customer.payload ->> '$.parent'

-- table: feature
WITH shipped AS (
  SELECT
    feature.id,
    min(release.payload ->> '$.fields.timeframe.endDate') AS released_at
  FROM raw.features AS feature, unnest(CAST(feature.payload -> '$.links' AS VARCHAR[])) AS unnested(release_id)
  JOIN raw.releases AS release ON release.id = unnested.release_id
  WHERE list_contains(
    string_split(:released, ','), lower(coalesce(release.payload ->> '$.fields.status.name', release.payload ->> '$.fields.state'))
  )
  GROUP BY ALL
)
SELECT
  feature.id AS feature_id,
  feature.payload ->> '$.fields.name' AS name,
  coalesce(area.payload ->> '$.fields.name', upper_area.payload ->> '$.fields.name') AS area,
  owner.payload ->> '$.name' AS owner,
  coalesce(
    shipped.released_at,
    CASE
      WHEN list_contains(string_split(:released, ','), lower(feature.payload ->> '$.fields.status.name'))
        THEN feature.payload ->> '$.fields.timeframe.endDate'
    END
  ) AS released_at,
  feature.payload ->> '$.updatedAt' AS updated_at,
  feature.payload ->> '$.fields.status.name' AS status,
  feature.payload ->> '$.fields.archived' AS archived,
  upper_feature.id AS parent_id
FROM raw.features AS feature
LEFT JOIN raw.areas AS area ON area.id = feature.payload ->> '$.parent'
LEFT JOIN raw.features AS upper_feature ON upper_feature.id = feature.payload ->> '$.parent'
LEFT JOIN raw.areas AS upper_area ON upper_area.id = upper_feature.payload ->> '$.parent'
LEFT JOIN raw.members AS owner ON owner.id = feature.payload ->> '$.owner'
LEFT JOIN shipped ON shipped.id = feature.id

-- table: objective
-- A key result belongs to its objective; an initiative to the first objective that it is linked to.
WITH linked AS (
  SELECT
    initiative.id,
    min(objective.id) AS parent_id
  FROM raw.objectives AS initiative, unnest(CAST(initiative.payload -> '$.links' AS VARCHAR[])) AS unnested(objective_id)
  JOIN raw.objectives AS objective ON objective.id = unnested.objective_id
  WHERE (initiative.payload ->> '$.type') = 'initiative' AND (objective.payload ->> '$.type') = 'objective'
  GROUP BY ALL
)
SELECT
  objective.id AS objective_id,
  objective.payload ->> '$.fields.name' AS name,
  owner.payload ->> '$.name' AS owner,
  coalesce(parent.id, linked.parent_id) AS parent_id,
  objective.payload ->> '$.fields.timeframe.startDate' AS starts_on,
  objective.payload ->> '$.fields.timeframe.endDate' AS ends_on,
  objective.payload ->> '$.updatedAt' AS updated_at,
  objective.payload ->> '$.type' AS kind,
  objective.payload ->> '$.fields.status.name' AS status
FROM raw.objectives AS objective
LEFT JOIN raw.objectives AS parent ON parent.id = objective.payload ->> '$.parent'
LEFT JOIN linked ON linked.id = objective.id
LEFT JOIN raw.members AS owner ON owner.id = objective.payload ->> '$.owner'

-- table: release
WITH holds AS (
  SELECT
    unnested.release_id,
    string_agg(feature.id, ', ' ORDER BY feature.id) AS feature_ids
  FROM raw.features AS feature, unnest(CAST(feature.payload -> '$.links' AS VARCHAR[])) AS unnested(release_id)
  GROUP BY ALL
)
SELECT
  release.id AS release_id,
  release.payload ->> '$.fields.name' AS name,
  release_group.payload ->> '$.fields.name' AS kind,
  holds.feature_ids,
  release.payload ->> '$.fields.timeframe.endDate' AS planned_at,
  CASE
    WHEN list_contains(
      string_split(:released, ','), lower(coalesce(release.payload ->> '$.fields.status.name', release.payload ->> '$.fields.state'))
    )
      THEN release.payload ->> '$.fields.timeframe.endDate'
  END AS released_at,
  release.payload ->> '$.updatedAt' AS updated_at
FROM raw.releases AS release
LEFT JOIN raw.releases AS release_group ON release_group.id = release.payload ->> '$.parent'
LEFT JOIN holds ON holds.release_id = release.id
WHERE (release.payload ->> '$.type') = 'release'

-- table: idea
-- Productboard does not say when a note was processed: its last change counts.
WITH wanted AS (
  SELECT
    note.id,
    min(feature.id) AS feature_id
  FROM raw.notes AS note, unnest(CAST(note.payload -> '$.links' AS VARCHAR[])) AS unnested(feature_id)
  JOIN raw.features AS feature ON feature.id = unnested.feature_id
  GROUP BY ALL
)
SELECT
  note.id AS idea_id,
  company.id AS account_id,
  customer.id AS person_id,
  wanted.feature_id,
  note.payload ->> '$.fields.name' AS title,
  note.payload ->> '$.createdAt' AS created_at,
  CASE WHEN (note.payload ->> '$.fields.processed') = 'true' THEN note.payload ->> '$.updatedAt' END AS processed_at,
  note.payload ->> '$.updatedAt' AS updated_at,
  note.payload ->> '$.type' AS kind,
  note.payload ->> '$.origin.system' AS origin
FROM raw.notes AS note
LEFT JOIN raw.users AS customer ON customer.id = note.payload ->> '$.customer'
LEFT JOIN raw.companies AS company ON company.id = coalesce(customer.payload ->> '$.parent', note.payload ->> '$.customer')
LEFT JOIN wanted ON wanted.id = note.id
WHERE coalesce(note.payload ->> '$.origin.system', '') <> 'transverse'  -- what was sent from here is nobody's feedback

-- table: link
SELECT
  :source AS from_source,
  note.id AS from_id,
  :source AS to_source,
  feature.id AS to_id,
  'asked for in' AS kind
FROM raw.notes AS note, unnest(CAST(note.payload -> '$.links' AS VARCHAR[])) AS unnested(feature_id)
JOIN raw.features AS feature ON feature.id = unnested.feature_id
UNION
SELECT
  :source,
  feature.id,
  :source,
  release.id,
  'shipped in'
FROM raw.features AS feature, unnest(CAST(feature.payload -> '$.links' AS VARCHAR[])) AS unnested(release_id)
JOIN raw.releases AS release ON release.id = unnested.release_id
UNION
SELECT
  :source,
  feature.id,
  :source,
  objective.id,
  'serves'
FROM raw.features AS feature, unnest(CAST(feature.payload -> '$.links' AS VARCHAR[])) AS unnested(objective_id)
JOIN raw.objectives AS objective ON objective.id = unnested.objective_id
