-- What Salesforce's objects are to us. An account is an Account; its own id stays its id here, and the resolver ties it to others'.

-- table: account
SELECT
  account.id AS account_id,
  account.payload ->> '$.Name' AS name,
  account.payload ->> '$.Website' AS domain,
  account.payload ->> ('$."' || :segment || '"') AS segment,
  account.payload ->> ('$."' || :plan || '"') AS plan,
  account.payload ->> ('$."' || :region || '"') AS region,
  account.payload ->> '$.Industry' AS industry,
  account.payload ->> '$.NumberOfEmployees' AS employees,
  owner.payload ->> '$.Name' AS owner,
  account.payload ->> '$.CreatedDate' AS created_at,
  account.payload ->> '$.SystemModstamp' AS updated_at,
  account.payload ->> ('$."' || :external_id || '"') AS external_id
FROM raw.accounts AS account
LEFT JOIN raw.users AS owner ON owner.id = account.payload ->> '$.OwnerId'

-- table: person
SELECT
  contact.id AS person_id,
  contact.payload ->> '$.AccountId' AS account_id,
  contact.payload ->> '$.Email' AS email,
  contact.payload ->> '$.Title' AS role,
  contact.payload ->> '$.CreatedDate' AS first_seen_at,
  contact.payload ->> '$.SystemModstamp' AS updated_at
FROM raw.contacts AS contact

-- table: opportunity
SELECT
  opportunity.id AS opportunity_id,
  opportunity.payload ->> '$.AccountId' AS account_id,
  opportunity.payload ->> '$.Name' AS name,
  opportunity.payload ->> '$.Amount' AS amount,
  coalesce(opportunity.payload ->> '$.CurrencyIsoCode', :company_currency) AS currency,
  CASE opportunity.payload ->> '$.Type'
    WHEN 'New Business' THEN 'new'
    WHEN 'New Customer' THEN 'new'
    WHEN 'Existing Business' THEN 'expansion'
    WHEN 'Existing Customer - Upgrade' THEN 'expansion'
    ELSE opportunity.payload ->> '$.Type'
  END AS type,
  opportunity.payload ->> '$.StageName' AS stage,
  opportunity.payload ->> '$.IsWon' AS is_won,
  opportunity.payload ->> '$.IsClosed' AS is_closed,
  opportunity.payload ->> '$.CreatedDate' AS created_at,
  CASE WHEN opportunity.payload ->> '$.IsClosed' = 'true' THEN opportunity.payload ->> '$.CloseDate' END AS closed_at,
  owner.payload ->> '$.Name' AS owner,
  opportunity.payload ->> '$.SystemModstamp' AS updated_at
FROM raw.opportunities AS opportunity
LEFT JOIN raw.users AS owner ON owner.id = opportunity.payload ->> '$.OwnerId'

-- table: opportunity_stage
WITH passed AS (
  -- Of several within one second the last one counts.
  SELECT
    history.payload ->> '$.OpportunityId' AS opportunity_id,
    history.payload ->> '$.StageName' AS stage,
    history.payload ->> '$.CreatedDate' AS entered_at
  FROM raw.stages AS history
  QUALIFY row_number() OVER (
    PARTITION BY history.payload ->> '$.OpportunityId', history.payload ->> '$.CreatedDate' ORDER BY history.id DESC
  ) = 1
),
entered AS (
  -- There is a row also where only the amount or the day of closing has changed.
  SELECT *
  FROM passed
  QUALIFY stage IS DISTINCT FROM lag(stage) OVER (PARTITION BY opportunity_id ORDER BY entered_at)
)
SELECT
  entered.opportunity_id,
  entered.stage,
  entered.entered_at,
  lead(entered.entered_at) OVER (PARTITION BY entered.opportunity_id ORDER BY entered.entered_at) AS left_at
FROM entered
