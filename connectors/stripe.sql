-- What Stripe's objects are to us. An account is a customer; what it pays is told by item of its subscriptions.

-- table: account
WITH told AS (
  SELECT *, lower(split_part(customer.payload ->> '$.email', '@', 2)) AS mail_domain
  FROM raw.customers AS customer
)
SELECT
  told.id AS account_id,
  told.payload ->> '$.name' AS name,
  coalesce(
    told.payload ->> ('$.metadata."' || :domain || '"'),
    CASE WHEN mail_domain <> '' AND NOT contains(:free_mail, ' ' || mail_domain || ' ') THEN mail_domain END
  ) AS domain,
  told.payload ->> ('$.metadata."' || :segment || '"') AS segment,
  told.payload ->> ('$.metadata."' || :plan || '"') AS plan,
  coalesce(told.payload ->> ('$.metadata."' || :region || '"'), told.payload ->> '$.country') AS region,
  from_epoch(told.payload ->> '$.created', 1) AS created_at,
  told.payload ->> ('$.metadata."' || :external_id || '"') AS external_id
FROM told

-- table: subscription_period
WITH told AS (
  -- Subscriptions after (1) and before (-1) each change that an event tells of, and as they are now (0).
  SELECT event.payload -> '$.object' AS shown, TRY_CAST(event.payload ->> '$.created' AS BIGINT) AS moment, 1 AS entered
  FROM raw.events AS event
  WHERE event.payload ->> '$.type' IN ('customer.subscription.created', 'customer.subscription.updated')
  UNION ALL
  SELECT json_merge_patch(event.payload -> '$.object', event.payload -> '$.previous'), TRY_CAST(event.payload ->> '$.created' AS BIGINT), -1
  FROM raw.events AS event
  WHERE event.payload ->> '$.type' = 'customer.subscription.updated'
  UNION ALL
  SELECT subscription.payload, NULL, 0
  FROM raw.subscriptions AS subscription
),
life AS (
  SELECT
    subscription.id,
    subscription.payload ->> '$.customer' AS customer,
    subscription.payload ->> '$.start_date' AS start_told,
    coalesce(TRY_CAST(subscription.payload ->> '$.start_date' AS BIGINT), 0) AS begins,
    TRY_CAST(subscription.payload ->> '$.trial_start' AS BIGINT) AS trial_begins,
    TRY_CAST(subscription.payload ->> '$.trial_end' AS BIGINT) AS trial_ends,
    coalesce(
      TRY_CAST(subscription.payload ->> '$.ended_at' AS BIGINT),
      CASE WHEN subscription.payload ->> '$.status' = 'canceled' THEN TRY_CAST(subscription.payload ->> '$.canceled_at' AS BIGINT) END
    ) AS ends
  FROM raw.subscriptions AS subscription
),
price AS (
  SELECT unnested.item ->> '$.price.id' AS id, any_value(unnested.item -> '$.price') AS shown
  FROM told, unnest(json_extract(told.shown, '$.items.data[*]')) AS unnested(item)
  GROUP BY ALL
),
discount_told AS (
  SELECT unnest(json_extract(told.shown, '$.discounts[*]')) AS shown, NULL AS removed FROM told
  UNION ALL
  SELECT told.shown -> '$.discount', NULL FROM told
  UNION ALL
  SELECT unnest(json_extract(told.shown, '$.items.data[*].discounts[*]')), NULL FROM told
  UNION ALL
  SELECT customer.payload -> '$.discount', NULL FROM raw.customers AS customer
  UNION ALL
  SELECT event.payload -> '$.object', CASE WHEN event.payload ->> '$.type' LIKE '%.deleted' THEN event.payload ->> '$.created' END
  FROM raw.events AS event
  WHERE event.payload ->> '$.type' LIKE 'customer.discount.%'
),
discount AS (
  SELECT
    discount_told.shown ->> '$.id' AS id,
    any_value(discount_told.shown ->> '$.customer') AS customer,
    any_value(discount_told.shown ->> '$.subscription') AS subscription,
    coalesce(min(TRY_CAST(discount_told.shown ->> '$.start' AS BIGINT)), 0) AS begins,
    least(min(TRY_CAST(discount_told.shown ->> '$.end' AS BIGINT)), min(TRY_CAST(removed AS BIGINT))) AS ends,
    1 - coalesce(any_value(TRY_CAST(discount_told.shown ->> '$.coupon.percent_off' AS DOUBLE)), 0) / 100 AS factor,
    coalesce(any_value(TRY_CAST(discount_told.shown ->> '$.coupon.amount_off' AS DOUBLE)), 0) AS off
  FROM discount_told
  WHERE coalesce(discount_told.shown ->> '$.coupon.duration', 'once') <> 'once'
  GROUP BY ALL
),
state AS (
  SELECT
    told.shown ->> '$.id' AS subscription,
    told.moment,
    told.entered,
    {
      'status': CASE WHEN told.shown ->> '$.pause_collection' IS NOT NULL THEN 'paused' ELSE told.shown ->> '$.status' END,
      'discounts': CASE
        WHEN len(json_extract(told.shown, '$.discounts[*]')) > 0
          THEN list_transform(json_extract(told.shown, '$.discounts[*]'), lambda one: coalesce(one ->> '$.id', one ->> '$'))
        WHEN told.shown ->> '$.discount' IS NOT NULL THEN [coalesce(told.shown ->> '$.discount.id', told.shown ->> '$.discount')]
        ELSE []
      END,
      'items': list_sort(list_transform(json_extract(told.shown, '$.items.data[*]'), lambda item: {
        'id': item ->> '$.id',
        'price': item ->> '$.price.id',
        'quantity': item ->> '$.quantity',
        'discounts': list_transform(json_extract(item, '$.discounts[*]'), lambda one: coalesce(one ->> '$.id', one ->> '$'))
      }))
    } AS state
  FROM told
),
changed AS (
  -- Times are whole seconds: of several changes within one, what was entered as often as left is passed over.
  SELECT subscription, moment, state, sum(entered) AS balance
  FROM state
  WHERE entered <> 0 AND moment IS NOT NULL
  GROUP BY ALL
  HAVING sum(entered) <> 0
),
known AS (
  -- From when on a subscription was in which state. The last known is what it is now, unless that is over.
  SELECT subscription, moment, state, 0 AS rank FROM changed WHERE balance > 0
  UNION ALL
  SELECT subscription, 0, arg_min(state, moment), 0 FROM changed WHERE balance < 0 GROUP BY ALL
  UNION ALL
  SELECT state.subscription, coalesce(max(changed.moment), 0), state.state, 1
  FROM state
  LEFT JOIN changed ON changed.subscription = state.subscription AND changed.balance > 0
  WHERE state.entered = 0
  GROUP BY ALL
  HAVING state.state.status <> 'canceled' OR max(changed.moment) IS NULL
),
course AS (
  SELECT
    subscription,
    state,
    CASE WHEN row_number() OVER (PARTITION BY subscription ORDER BY moment) = 1 THEN 0 ELSE moment END AS moment
  FROM (SELECT * FROM known QUALIFY row_number() OVER (PARTITION BY subscription, moment ORDER BY rank DESC) = 1)
),
related AS (
  SELECT subscription, unnest(state.discounts) AS discount FROM course
  UNION
  SELECT subscription, unnest(flatten(list_transform(state.items, lambda item: item.discounts))) FROM course
  UNION
  SELECT life.id, discount.id FROM life JOIN discount ON discount.customer = life.customer AND discount.subscription IS NULL
),
cut AS (
  SELECT id AS subscription, begins AS moment FROM life
  UNION
  SELECT subscription, moment FROM course
  UNION
  SELECT id, unnest([trial_begins, trial_ends]) FROM life
  UNION
  SELECT related.subscription, unnest([discount.begins, discount.ends]) FROM related JOIN discount ON discount.id = related.discount
),
moment AS (
  SELECT cut.subscription, cut.moment, lead(cut.moment, 1, life.ends) OVER (PARTITION BY cut.subscription ORDER BY cut.moment) AS until
  FROM cut
  JOIN life ON life.id = cut.subscription
  WHERE cut.moment >= life.begins AND (life.ends IS NULL OR cut.moment < life.ends)
),
slice AS (
  SELECT moment.*, course.state
  FROM moment
  ASOF JOIN course ON course.subscription = moment.subscription AND course.moment <= moment.moment
),
line AS (
  SELECT
    slice.subscription,
    slice.moment,
    slice.until,
    slice.state.status,
    unnested.item.id AS item,
    unnested.item.quantity,
    unnested.item.discounts,
    price.shown AS price,
    coalesce(price.shown ->> '$.unit_amount_decimal', price.shown ->> '$.unit_amount') AS amount,
    TRY_CAST(price.shown ->> '$.transform_quantity.divide_by' AS DOUBLE) AS pack
  FROM slice, unnest(slice.state.items) AS unnested(item)
  LEFT JOIN price ON price.id = unnested.item.price
),
charged AS (
  -- What an item costs in its interval, in the smallest unit, before discounts. Usage and tiers have no plain amount.
  SELECT
    *,
    TRY_CAST(amount AS DOUBLE) * CASE
      WHEN price ->> '$.recurring.usage_type' = 'metered' THEN NULL
      WHEN price ->> '$.transform_quantity.round' = 'up' THEN ceil(TRY_CAST(quantity AS DOUBLE) / pack)
      WHEN price ->> '$.transform_quantity.round' = 'down' THEN floor(TRY_CAST(quantity AS DOUBLE) / pack)
      ELSE TRY_CAST(quantity AS DOUBLE)
    END AS gross
  FROM line
),
applied AS (
  -- The discounts of an item, and those of the whole subscription (''): its own, else its customer's.
  SELECT subscription, moment, item, unnest(discounts) AS discount, generate_subscripts(discounts, 1) AS position
  FROM line
  UNION ALL
  SELECT slice.subscription, slice.moment, '', unnest(slice.state.discounts), generate_subscripts(slice.state.discounts, 1)
  FROM slice
  UNION ALL
  SELECT slice.subscription, slice.moment, '', discount.id, 1
  FROM slice
  JOIN life ON life.id = slice.subscription
  JOIN discount ON discount.customer = life.customer AND discount.subscription IS NULL
  WHERE len(slice.state.discounts) = 0
),
reduced AS (
  -- Several are applied one after the other: each takes its part of what the one before has left, or its amount.
  SELECT
    applied.subscription,
    applied.moment,
    applied.item,
    list_reduce(
      list({'factor': discount.factor, 'off': discount.off} ORDER BY applied.position),
      lambda kept, one: {'factor': kept.factor * one.factor, 'off': kept.off * one.factor + one.off}
    ) AS by
  FROM applied
  JOIN discount ON discount.id = applied.discount
    AND discount.begins <= applied.moment AND (discount.ends IS NULL OR applied.moment < discount.ends)
  GROUP BY ALL
),
billed AS (
  SELECT charged.*, gross * coalesce(reduced.by.factor, 1) AS cut, cut - least(cut, coalesce(reduced.by.off, 0)) AS net
  FROM charged
  LEFT JOIN reduced USING (subscription, moment, item)
),
whole AS (
  -- What is taken off the whole is spread over its items by what they cost.
  SELECT billed.subscription, billed.moment,
    CASE WHEN sum(billed.net) > 0
      THEN greatest(0, sum(billed.net) * any_value(reduced.by.factor) - any_value(reduced.by.off)) / sum(billed.net) END AS share
  FROM billed
  JOIN reduced ON reduced.subscription = billed.subscription AND reduced.moment = billed.moment AND reduced.item = ''
  GROUP BY ALL
),
monthly AS (
  -- A year has 365 days.
  SELECT
    billed.*,
    billed.net * coalesce(whole.share, 1) / TRY_CAST(price ->> '$.recurring.interval_count' AS DOUBLE)
      / CASE price ->> '$.recurring.interval'
          WHEN 'year' THEN 12
          WHEN 'month' THEN 1
          WHEN 'week' THEN 84 / 365.0
          WHEN 'day' THEN 12 / 365.0
        END AS minor
  FROM billed
  LEFT JOIN whole USING (subscription, moment)
),
shown AS (
  SELECT
    monthly.*,
    upper(price ->> '$.currency') AS currency,
    CASE
      WHEN TRY_CAST(amount AS DOUBLE) IS NULL THEN amount
      ELSE CAST(round(minor / round(1 / CAST(from_minor('1', price ->> '$.currency') AS DOUBLE)), 4) AS VARCHAR)
    END AS mrr,
    CASE
      WHEN moment >= life.trial_begins AND moment < life.trial_ends THEN 'trialing'
      WHEN status = 'canceled' THEN 'active'
      ELSE status
    END AS shown_status,
    life.customer,
    life.start_told
  FROM monthly
  JOIN life ON life.id = monthly.subscription
),
stepped AS (
  SELECT *, count_if(is_new) OVER (PARTITION BY item ORDER BY moment) AS step
  FROM (
    SELECT *, (lag(until) OVER past, lag(price ->> '$.id') OVER past, lag(quantity) OVER past, lag(mrr) OVER past,
        lag(shown_status) OVER past) IS DISTINCT FROM (moment, price ->> '$.id', quantity, mrr, shown_status) AS is_new
    FROM shown
    WINDOW past AS (PARTITION BY item ORDER BY moment)
  )
)
SELECT
  any_value(stepped.customer) AS account_id,
  stepped.item AS subscription_id,
  any_value(product.payload ->> '$.name') AS plan,
  any_value(stepped.quantity) AS quantity,
  any_value(stepped.mrr) AS mrr,
  any_value(stepped.currency) AS currency,
  CASE WHEN min(stepped.moment) = 0 THEN any_value(stepped.start_told)
    ELSE from_epoch(CAST(min(stepped.moment) AS VARCHAR), 1) END AS valid_from,
  from_epoch(CAST(last(stepped.until ORDER BY stepped.moment) AS VARCHAR), 1) AS valid_to,
  any_value(stepped.shown_status) AS status,
  any_value(stepped.subscription) AS subscription,
  any_value(stepped.price ->> '$.id') AS price
FROM stepped
LEFT JOIN raw.products AS product ON product.id = stepped.price ->> '$.product'
WHERE stepped.shown_status NOT IN ('incomplete', 'incomplete_expired')
GROUP BY stepped.item, stepped.step
