-- What HubSpot's objects are to us. An account is a company; its own id stays its id here, and the resolver ties it to others'.

-- table: account
SELECT
  company.id AS account_id,
  company.payload ->> '$.properties.name' AS name,
  company.payload ->> '$.properties.domain' AS domain,
  company.payload ->> ('$.properties."' || :segment || '"') AS segment,
  company.payload ->> ('$.properties."' || :plan || '"') AS plan,
  company.payload ->> ('$.properties."' || :region || '"') AS region,
  company.payload ->> '$.properties.industry' AS industry,
  company.payload ->> '$.properties.numberofemployees' AS employees,
  concat_ws(' ', owner.payload ->> '$.firstName', owner.payload ->> '$.lastName') AS owner,
  company.payload ->> '$.properties.lifecyclestage' AS lifecycle,
  company.payload ->> '$.properties.createdate' AS created_at,
  company.payload ->> '$.properties.hs_lastmodifieddate' AS updated_at,
  company.payload ->> ('$.properties."' || :external_id || '"') AS external_id
FROM raw.companies AS company
LEFT JOIN raw.owners AS owner ON owner.id = company.payload ->> '$.properties.hubspot_owner_id'

-- table: person
SELECT
  contact.id AS person_id,
  contact.payload ->> '$.properties.associatedcompanyid' AS account_id,
  contact.payload ->> '$.properties.email' AS email,
  contact.payload ->> '$.properties.jobtitle' AS role,
  contact.payload ->> '$.properties.createdate' AS first_seen_at,
  contact.payload ->> '$.properties.lastmodifieddate' AS updated_at
FROM raw.contacts AS contact

-- part: stage
SELECT
  unnested.stage ->> '$.id' AS id,
  unnested.stage ->> '$.label' AS label
FROM raw.pipelines AS pipeline, unnest(CAST(pipeline.payload -> '$.stages' AS JSON[])) AS unnested(stage)

-- table: opportunity
SELECT
  deal.id AS opportunity_id,
  deal.payload ->> '$.companies[0]' AS account_id,
  deal.payload ->> '$.properties.dealname' AS name,
  deal.payload ->> '$.properties.amount' AS amount,
  coalesce(deal.payload ->> '$.properties.deal_currency_code', :company_currency) AS currency,
  CASE deal.payload ->> '$.properties.dealtype'
    WHEN 'newbusiness' THEN 'new'
    WHEN 'existingbusiness' THEN 'expansion'
    ELSE deal.payload ->> '$.properties.dealtype'
  END AS type,
  coalesce(stage.label, deal.payload ->> '$.properties.dealstage') AS stage,
  deal.payload ->> '$.properties.dealstage' AS stage_raw,
  coalesce(deal.payload ->> '$.properties.hs_is_closed_won', 'false') AS is_won,
  coalesce(deal.payload ->> '$.properties.hs_is_closed', 'false') AS is_closed,
  deal.payload ->> '$.properties.createdate' AS created_at,
  CASE WHEN deal.payload ->> '$.properties.hs_is_closed' = 'true' THEN deal.payload ->> '$.properties.closedate' END AS closed_at,
  concat_ws(' ', owner.payload ->> '$.firstName', owner.payload ->> '$.lastName') AS owner,
  deal.payload ->> '$.properties.hs_lastmodifieddate' AS updated_at
FROM raw.deals AS deal
LEFT JOIN part.stage AS stage ON stage.id = deal.payload ->> '$.properties.dealstage'
LEFT JOIN raw.owners AS owner ON owner.id = deal.payload ->> '$.properties.hubspot_owner_id'

-- table: opportunity_stage
WITH passed AS (
  SELECT
    deal.id AS opportunity_id,
    unnested.entry ->> '$.value' AS stage,
    unnested.entry ->> '$.timestamp' AS entered_at
  FROM raw.deals AS deal, unnest(CAST(deal.payload -> '$.stages' AS JSON[])) AS unnested(entry)
)
SELECT
  passed.opportunity_id,
  coalesce(stage.label, passed.stage) AS stage,
  passed.stage AS stage_raw,
  passed.entered_at,
  lead(passed.entered_at) OVER (PARTITION BY passed.opportunity_id ORDER BY passed.entered_at) AS left_at
FROM passed
LEFT JOIN part.stage AS stage ON stage.id = passed.stage
