-- What Notion's pages are to us: documents, and ties to what they name.

-- table: document
SELECT
  page.id AS document_id,
  page.payload ->> '$.title' AS title,
  coalesce(page.payload ->> '$.kind', source.payload ->> '$.title') AS kind,
  coalesce(person.payload ->> '$.name', page.payload ->> '$.owner.name') AS owner,
  page.payload ->> '$.url' AS url,
  page.payload ->> '$.created_at' AS created_at,
  page.payload ->> '$.edited_at' AS edited_at,
  page.payload ->> '$.in_trash' AS in_trash,
  page.payload ->> '$.edited_at' AS updated_at
FROM raw.pages AS page
LEFT JOIN raw.data_sources AS source ON source.id = page.payload ->> '$.data_source'
LEFT JOIN raw.users AS person ON person.id = page.payload ->> '$.owner.id'

-- table: link
-- An address in Linear holds the key of an issue (ENG-123), or at its end the short id of a project.
WITH named AS (
  SELECT
    page.id AS page_id,
    unnested.address ->> '$' AS address
  FROM raw.pages AS page, unnest(CAST(page.payload -> '$.addresses' AS JSON[])) AS unnested(address)
),
tie AS (
  SELECT
    named.page_id,
    coalesce(
      nullif(upper(regexp_extract(named.address, '^https://linear\.app/[^/]+/issue/([A-Za-z0-9_]+-[0-9]+)', 1)), ''),
      nullif(regexp_extract(named.address, '^https://linear\.app/[^/]+/project/[^/?#]*?([0-9a-f]{12})(?:[/?#]|$)', 1), '')
    ) AS to_id
  FROM named
)
SELECT DISTINCT
  :source AS from_source,
  tie.page_id AS from_id,
  :linear AS to_source,
  tie.to_id,
  'mentions' AS kind
FROM tie
WHERE tie.to_id IS NOT NULL
