-- What a version before lists left of a small mall: two dates published, one of them twice, one rejected, one staged and
-- gated. Written by pg_dump, less its settings and the comments on tables, views and columns.
CREATE SCHEMA mall;
COMMENT ON SCHEMA mall IS 'What is published for one advertiser: read the views and tables here.';
CREATE SCHEMA mall_store;
COMMENT ON SCHEMA mall_store IS 'Partitions by release, made from f729094534becee3, granted to analyst through the views';
CREATE TABLE mall.releases (
    release_id bigint NOT NULL,
    run_id text NOT NULL,
    code_version text NOT NULL,
    status text DEFAULT 'staged'::text NOT NULL,
    is_current boolean DEFAULT false NOT NULL,
    reason text,
    settings jsonb NOT NULL,
    purchases bigint NOT NULL,
    users bigint NOT NULL,
    items bigint NOT NULL,
    stages jsonb NOT NULL,
    preflight jsonb,
    facts jsonb,
    known_item_share double precision,
    days_with_lines integer,
    is_young boolean DEFAULT false NOT NULL,
    absent_items text DEFAULT 'available'::text NOT NULL,
    as_of_date date NOT NULL,
    window_start date NOT NULL,
    window_end date NOT NULL,
    staged_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    published_at timestamp with time zone,
    withdrawn_at timestamp with time zone,
    current_from timestamp with time zone,
    current_until timestamp with time zone,
    CONSTRAINT releases_absent_items_check CHECK ((absent_items = ANY (ARRAY['available'::text, 'unavailable'::text]))),
    CONSTRAINT releases_check CHECK (((NOT is_current) OR (status = 'published'::text))),
    CONSTRAINT releases_check1 CHECK (((published_at IS NOT NULL) OR (status = ANY (ARRAY['staged'::text, 'rejected'::text])))),
    CONSTRAINT releases_status_check CHECK ((status = ANY (ARRAY['staged'::text, 'published'::text, 'superseded'::text, 'rejected'::text, 'rolled_back'::text, 'expired'::text])))
);
CREATE VIEW mall.releases_published AS
 SELECT release_id,
    run_id,
    code_version,
    purchases,
    users,
    items,
    as_of_date,
    window_start,
    window_end,
    published_at,
    known_item_share,
    days_with_lines,
    is_young,
    absent_items
   FROM mall.releases
  WHERE ((published_at <= now()) AND ((withdrawn_at IS NULL) OR (withdrawn_at > now())));
CREATE TABLE mall_store.ad_candidates_rows (
    release_id bigint NOT NULL,
    user_id text NOT NULL COLLATE pg_catalog."C",
    item_id text NOT NULL COLLATE pg_catalog."C",
    source text NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer NOT NULL,
    score real NOT NULL,
    as_of_date date NOT NULL
)
PARTITION BY LIST (release_id);
CREATE VIEW mall.ad_candidates AS
 SELECT as_of_date,
    user_id,
    rank,
    item_id,
    source,
    score,
    because_item_id
   FROM mall_store.ad_candidates_rows
  WHERE (release_id = ANY (ARRAY( SELECT releases_published.release_id
           FROM mall.releases_published)));
CREATE VIEW mall.releases_current AS
 SELECT release_id,
    run_id,
    code_version,
    purchases,
    users,
    items,
    as_of_date,
    window_start,
    window_end,
    published_at,
    known_item_share,
    days_with_lines,
    is_young,
    absent_items
   FROM mall.releases
  WHERE ((current_from <= now()) AND ((current_until IS NULL) OR (current_until > now())))
  ORDER BY current_from DESC
 LIMIT 1;
CREATE VIEW mall.ad_candidates_current AS
 SELECT as_of_date,
    user_id,
    rank,
    item_id,
    source,
    score,
    because_item_id
   FROM mall_store.ad_candidates_rows
  WHERE (release_id = ( SELECT releases_current.release_id
           FROM mall.releases_current));
CREATE TABLE mall_store.best_sellers_rows (
    release_id bigint NOT NULL,
    category text NOT NULL COLLATE pg_catalog."C",
    item_id text NOT NULL COLLATE pg_catalog."C",
    rank integer NOT NULL,
    buyers integer NOT NULL,
    purchases integer NOT NULL,
    revenue double precision NOT NULL,
    as_of_date date NOT NULL
)
PARTITION BY LIST (release_id);
CREATE VIEW mall.best_sellers AS
 SELECT as_of_date,
    category,
    rank,
    item_id,
    buyers,
    purchases,
    revenue
   FROM mall_store.best_sellers_rows
  WHERE (release_id = ANY (ARRAY( SELECT releases_published.release_id
           FROM mall.releases_published)));
CREATE TABLE mall_store.products_rows (
    release_id bigint NOT NULL,
    item_id text NOT NULL COLLATE pg_catalog."C",
    title text,
    category text COLLATE pg_catalog."C",
    brand text,
    price double precision,
    is_available boolean,
    as_of_date date NOT NULL
)
PARTITION BY LIST (release_id);
CREATE VIEW mall.best_sellers_available AS
 SELECT as_of_date,
    category,
    rank,
    item_id,
    buyers,
    purchases,
    revenue
   FROM mall_store.best_sellers_rows listed
  WHERE ((release_id = ( SELECT releases_current.release_id
           FROM mall.releases_current)) AND COALESCE(( SELECT (products.is_available IS NOT FALSE)
           FROM mall_store.products_rows products
          WHERE ((products.release_id = ( SELECT releases_current.release_id
                   FROM mall.releases_current)) AND (products.item_id = listed.item_id))), ( SELECT (releases_current.absent_items = 'available'::text)
           FROM mall.releases_current)));
CREATE VIEW mall.best_sellers_current AS
 SELECT as_of_date,
    category,
    rank,
    item_id,
    buyers,
    purchases,
    revenue
   FROM mall_store.best_sellers_rows
  WHERE (release_id = ( SELECT releases_current.release_id
           FROM mall.releases_current));
CREATE TABLE mall.data_quality (
    feed text NOT NULL,
    expectation text NOT NULL,
    column_name text NOT NULL,
    severity text NOT NULL,
    reason text NOT NULL,
    sample jsonb,
    passed boolean NOT NULL,
    unexpected_rows bigint NOT NULL,
    unexpected_percent double precision NOT NULL,
    day date NOT NULL,
    checked_at timestamp with time zone NOT NULL
);
CREATE TABLE mall_store.item_similarities_rows (
    release_id bigint NOT NULL,
    model text NOT NULL COLLATE pg_catalog."C",
    item_id text NOT NULL COLLATE pg_catalog."C",
    similar_item_id text NOT NULL COLLATE pg_catalog."C",
    rank integer NOT NULL,
    score real NOT NULL,
    co_buyers integer NOT NULL,
    as_of_date date NOT NULL
)
PARTITION BY LIST (release_id);
CREATE VIEW mall.item_similarities AS
 SELECT as_of_date,
    model,
    item_id,
    rank,
    similar_item_id,
    score,
    co_buyers
   FROM mall_store.item_similarities_rows
  WHERE (release_id = ANY (ARRAY( SELECT releases_published.release_id
           FROM mall.releases_published)));
CREATE VIEW mall.item_similarities_available AS
 SELECT as_of_date,
    model,
    item_id,
    rank,
    similar_item_id,
    score,
    co_buyers
   FROM mall_store.item_similarities_rows listed
  WHERE ((release_id = ( SELECT releases_current.release_id
           FROM mall.releases_current)) AND COALESCE(( SELECT (products.is_available IS NOT FALSE)
           FROM mall_store.products_rows products
          WHERE ((products.release_id = ( SELECT releases_current.release_id
                   FROM mall.releases_current)) AND (products.item_id = listed.similar_item_id))), ( SELECT (releases_current.absent_items = 'available'::text)
           FROM mall.releases_current)));
CREATE VIEW mall.item_similarities_current AS
 SELECT as_of_date,
    model,
    item_id,
    rank,
    similar_item_id,
    score,
    co_buyers
   FROM mall_store.item_similarities_rows
  WHERE (release_id = ( SELECT releases_current.release_id
           FROM mall.releases_current));
CREATE TABLE mall.partitions (
    feed text NOT NULL,
    source_fingerprint text NOT NULL,
    accepted_rows bigint NOT NULL,
    quarantined_rows bigint NOT NULL,
    duplicate_rows bigint NOT NULL,
    guest_rows bigint DEFAULT 0 NOT NULL,
    filtered_rows bigint DEFAULT 0 NOT NULL,
    is_closed boolean DEFAULT false NOT NULL,
    source_files integer NOT NULL,
    day date NOT NULL,
    ingested_at timestamp with time zone NOT NULL
);
CREATE VIEW mall.products AS
 SELECT as_of_date,
    item_id,
    title,
    category,
    brand,
    price,
    is_available
   FROM mall_store.products_rows
  WHERE (release_id = ANY (ARRAY( SELECT releases_published.release_id
           FROM mall.releases_published)));
CREATE VIEW mall.products_current AS
 SELECT as_of_date,
    item_id,
    title,
    category,
    brand,
    price,
    is_available
   FROM mall_store.products_rows
  WHERE (release_id = ( SELECT releases_current.release_id
           FROM mall.releases_current));
CREATE TABLE mall_store.recent_items_rows (
    release_id bigint NOT NULL,
    user_id text NOT NULL COLLATE pg_catalog."C",
    event_type text NOT NULL COLLATE pg_catalog."C",
    item_id text NOT NULL COLLATE pg_catalog."C",
    rank integer NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    as_of_date date NOT NULL
)
PARTITION BY LIST (release_id);
CREATE VIEW mall.recent_items AS
 SELECT as_of_date,
    user_id,
    event_type,
    rank,
    item_id,
    occurred_at
   FROM mall_store.recent_items_rows
  WHERE (release_id = ANY (ARRAY( SELECT releases_published.release_id
           FROM mall.releases_published)));
CREATE VIEW mall.recent_items_current AS
 SELECT as_of_date,
    user_id,
    event_type,
    rank,
    item_id,
    occurred_at
   FROM mall_store.recent_items_rows
  WHERE (release_id = ( SELECT releases_current.release_id
           FROM mall.releases_current));
CREATE TABLE mall.release_checks (
    release_id bigint NOT NULL,
    table_name text NOT NULL,
    model text NOT NULL,
    check_name text NOT NULL,
    severity text NOT NULL,
    passed boolean NOT NULL,
    observed text NOT NULL,
    expected text NOT NULL,
    checked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT release_checks_severity_check CHECK ((severity = ANY (ARRAY['critical'::text, 'warning'::text])))
);
ALTER TABLE mall.releases ALTER COLUMN release_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME mall.releases_release_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE mall_store.user_recommendations_rows (
    release_id bigint NOT NULL,
    model text NOT NULL COLLATE pg_catalog."C",
    user_id text NOT NULL COLLATE pg_catalog."C",
    item_id text NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer NOT NULL,
    score real NOT NULL,
    as_of_date date NOT NULL
)
PARTITION BY LIST (release_id);
CREATE VIEW mall.user_recommendations AS
 SELECT as_of_date,
    model,
    user_id,
    rank,
    item_id,
    score,
    because_item_id
   FROM mall_store.user_recommendations_rows
  WHERE (release_id = ANY (ARRAY( SELECT releases_published.release_id
           FROM mall.releases_published)));
CREATE VIEW mall.user_recommendations_available AS
 SELECT as_of_date,
    model,
    user_id,
    rank,
    item_id,
    score,
    because_item_id
   FROM mall_store.user_recommendations_rows listed
  WHERE ((release_id = ( SELECT releases_current.release_id
           FROM mall.releases_current)) AND COALESCE(( SELECT (products.is_available IS NOT FALSE)
           FROM mall_store.products_rows products
          WHERE ((products.release_id = ( SELECT releases_current.release_id
                   FROM mall.releases_current)) AND (products.item_id = listed.item_id))), ( SELECT (releases_current.absent_items = 'available'::text)
           FROM mall.releases_current)));
CREATE VIEW mall.user_recommendations_current AS
 SELECT as_of_date,
    model,
    user_id,
    rank,
    item_id,
    score,
    because_item_id
   FROM mall_store.user_recommendations_rows
  WHERE (release_id = ( SELECT releases_current.release_id
           FROM mall.releases_current));
CREATE TABLE mall_store.ad_candidates_1 (
    user_id text CONSTRAINT ad_candidates_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT ad_candidates_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    source text CONSTRAINT ad_candidates_rows_source_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT ad_candidates_rows_rank_not_null NOT NULL,
    score real CONSTRAINT ad_candidates_rows_score_not_null NOT NULL,
    release_id bigint DEFAULT 1 NOT NULL,
    as_of_date date DEFAULT '2024-01-01'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_release CHECK ((release_id = 1))
);
CREATE TABLE mall_store.ad_candidates_2 (
    user_id text CONSTRAINT ad_candidates_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT ad_candidates_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    source text CONSTRAINT ad_candidates_rows_source_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT ad_candidates_rows_rank_not_null NOT NULL,
    score real CONSTRAINT ad_candidates_rows_score_not_null NOT NULL,
    release_id bigint DEFAULT 2 NOT NULL,
    as_of_date date DEFAULT '2024-01-01'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_release CHECK ((release_id = 2))
);
CREATE TABLE mall_store.ad_candidates_3 (
    user_id text CONSTRAINT ad_candidates_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT ad_candidates_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    source text CONSTRAINT ad_candidates_rows_source_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT ad_candidates_rows_rank_not_null NOT NULL,
    score real CONSTRAINT ad_candidates_rows_score_not_null NOT NULL,
    release_id bigint DEFAULT 3 NOT NULL,
    as_of_date date DEFAULT '2024-01-02'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-02'::date)),
    CONSTRAINT of_release CHECK ((release_id = 3))
);
CREATE TABLE mall_store.ad_candidates_4 (
    user_id text CONSTRAINT ad_candidates_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT ad_candidates_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    source text CONSTRAINT ad_candidates_rows_source_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT ad_candidates_rows_rank_not_null NOT NULL,
    score real CONSTRAINT ad_candidates_rows_score_not_null NOT NULL,
    release_id bigint DEFAULT 4 NOT NULL,
    as_of_date date DEFAULT '2024-01-03'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-03'::date)),
    CONSTRAINT of_release CHECK ((release_id = 4))
);
CREATE TABLE mall_store.ad_candidates_5 (
    user_id text CONSTRAINT ad_candidates_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT ad_candidates_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    source text CONSTRAINT ad_candidates_rows_source_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT ad_candidates_rows_rank_not_null NOT NULL,
    score real CONSTRAINT ad_candidates_rows_score_not_null NOT NULL,
    release_id bigint DEFAULT 5 NOT NULL,
    as_of_date date DEFAULT '2024-01-04'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-04'::date)),
    CONSTRAINT of_release CHECK ((release_id = 5))
);
CREATE UNLOGGED TABLE mall_store.ad_candidates_lists_5 (
    user_id text COLLATE pg_catalog."C",
    size bigint,
    different_items bigint,
    first_rank integer,
    last_rank integer,
    item_without_finite_score text COLLATE pg_catalog."C",
    item_that_is_its_reason text COLLATE pg_catalog."C"
);
CREATE TABLE mall_store.best_sellers_1 (
    category text CONSTRAINT best_sellers_rows_category_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT best_sellers_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT best_sellers_rows_rank_not_null NOT NULL,
    buyers integer CONSTRAINT best_sellers_rows_buyers_not_null NOT NULL,
    purchases integer CONSTRAINT best_sellers_rows_purchases_not_null NOT NULL,
    revenue double precision CONSTRAINT best_sellers_rows_revenue_not_null NOT NULL,
    release_id bigint DEFAULT 1 NOT NULL,
    as_of_date date DEFAULT '2024-01-01'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_release CHECK ((release_id = 1))
);
CREATE TABLE mall_store.best_sellers_2 (
    category text CONSTRAINT best_sellers_rows_category_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT best_sellers_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT best_sellers_rows_rank_not_null NOT NULL,
    buyers integer CONSTRAINT best_sellers_rows_buyers_not_null NOT NULL,
    purchases integer CONSTRAINT best_sellers_rows_purchases_not_null NOT NULL,
    revenue double precision CONSTRAINT best_sellers_rows_revenue_not_null NOT NULL,
    release_id bigint DEFAULT 2 NOT NULL,
    as_of_date date DEFAULT '2024-01-01'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_release CHECK ((release_id = 2))
);
CREATE TABLE mall_store.best_sellers_3 (
    category text CONSTRAINT best_sellers_rows_category_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT best_sellers_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT best_sellers_rows_rank_not_null NOT NULL,
    buyers integer CONSTRAINT best_sellers_rows_buyers_not_null NOT NULL,
    purchases integer CONSTRAINT best_sellers_rows_purchases_not_null NOT NULL,
    revenue double precision CONSTRAINT best_sellers_rows_revenue_not_null NOT NULL,
    release_id bigint DEFAULT 3 NOT NULL,
    as_of_date date DEFAULT '2024-01-02'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-02'::date)),
    CONSTRAINT of_release CHECK ((release_id = 3))
);
CREATE TABLE mall_store.best_sellers_4 (
    category text CONSTRAINT best_sellers_rows_category_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT best_sellers_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT best_sellers_rows_rank_not_null NOT NULL,
    buyers integer CONSTRAINT best_sellers_rows_buyers_not_null NOT NULL,
    purchases integer CONSTRAINT best_sellers_rows_purchases_not_null NOT NULL,
    revenue double precision CONSTRAINT best_sellers_rows_revenue_not_null NOT NULL,
    release_id bigint DEFAULT 4 NOT NULL,
    as_of_date date DEFAULT '2024-01-03'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-03'::date)),
    CONSTRAINT of_release CHECK ((release_id = 4))
);
CREATE TABLE mall_store.best_sellers_5 (
    category text CONSTRAINT best_sellers_rows_category_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT best_sellers_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT best_sellers_rows_rank_not_null NOT NULL,
    buyers integer CONSTRAINT best_sellers_rows_buyers_not_null NOT NULL,
    purchases integer CONSTRAINT best_sellers_rows_purchases_not_null NOT NULL,
    revenue double precision CONSTRAINT best_sellers_rows_revenue_not_null NOT NULL,
    release_id bigint DEFAULT 5 NOT NULL,
    as_of_date date DEFAULT '2024-01-04'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-04'::date)),
    CONSTRAINT of_release CHECK ((release_id = 5))
);
CREATE TABLE mall_store.item_similarities_1 (
    release_id bigint CONSTRAINT item_similarities_rows_release_id_not_null NOT NULL,
    model text CONSTRAINT item_similarities_rows_model_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    as_of_date date CONSTRAINT item_similarities_rows_as_of_date_not_null NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_release CHECK ((release_id = 1))
)
PARTITION BY LIST (model);
CREATE TABLE mall_store.item_similarities_1_als (
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    release_id bigint DEFAULT 1 NOT NULL,
    model text DEFAULT 'als'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-01'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_model CHECK ((model = 'als'::text)),
    CONSTRAINT of_release CHECK ((release_id = 1))
);
CREATE TABLE mall_store.item_similarities_1_cosine (
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    release_id bigint DEFAULT 1 NOT NULL,
    model text DEFAULT 'cosine'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-01'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_model CHECK ((model = 'cosine'::text)),
    CONSTRAINT of_release CHECK ((release_id = 1))
);
CREATE TABLE mall_store.item_similarities_2 (
    release_id bigint CONSTRAINT item_similarities_rows_release_id_not_null NOT NULL,
    model text CONSTRAINT item_similarities_rows_model_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    as_of_date date CONSTRAINT item_similarities_rows_as_of_date_not_null NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_release CHECK ((release_id = 2))
)
PARTITION BY LIST (model);
CREATE TABLE mall_store.item_similarities_2_als (
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    release_id bigint DEFAULT 2 NOT NULL,
    model text DEFAULT 'als'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-01'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_model CHECK ((model = 'als'::text)),
    CONSTRAINT of_release CHECK ((release_id = 2))
);
CREATE TABLE mall_store.item_similarities_2_cosine (
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    release_id bigint DEFAULT 2 NOT NULL,
    model text DEFAULT 'cosine'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-01'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_model CHECK ((model = 'cosine'::text)),
    CONSTRAINT of_release CHECK ((release_id = 2))
);
CREATE TABLE mall_store.item_similarities_3 (
    release_id bigint CONSTRAINT item_similarities_rows_release_id_not_null NOT NULL,
    model text CONSTRAINT item_similarities_rows_model_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    as_of_date date CONSTRAINT item_similarities_rows_as_of_date_not_null NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-02'::date)),
    CONSTRAINT of_release CHECK ((release_id = 3))
)
PARTITION BY LIST (model);
CREATE TABLE mall_store.item_similarities_3_als (
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    release_id bigint DEFAULT 3 NOT NULL,
    model text DEFAULT 'als'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-02'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-02'::date)),
    CONSTRAINT of_model CHECK ((model = 'als'::text)),
    CONSTRAINT of_release CHECK ((release_id = 3))
);
CREATE TABLE mall_store.item_similarities_3_cosine (
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    release_id bigint DEFAULT 3 NOT NULL,
    model text DEFAULT 'cosine'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-02'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-02'::date)),
    CONSTRAINT of_model CHECK ((model = 'cosine'::text)),
    CONSTRAINT of_release CHECK ((release_id = 3))
);
CREATE TABLE mall_store.item_similarities_4 (
    release_id bigint CONSTRAINT item_similarities_rows_release_id_not_null NOT NULL,
    model text CONSTRAINT item_similarities_rows_model_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    as_of_date date CONSTRAINT item_similarities_rows_as_of_date_not_null NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-03'::date)),
    CONSTRAINT of_release CHECK ((release_id = 4))
)
PARTITION BY LIST (model);
CREATE TABLE mall_store.item_similarities_4_als (
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    release_id bigint DEFAULT 4 NOT NULL,
    model text DEFAULT 'als'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-03'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-03'::date)),
    CONSTRAINT of_model CHECK ((model = 'als'::text)),
    CONSTRAINT of_release CHECK ((release_id = 4))
);
CREATE TABLE mall_store.item_similarities_4_cosine (
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    release_id bigint DEFAULT 4 NOT NULL,
    model text DEFAULT 'cosine'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-03'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-03'::date)),
    CONSTRAINT of_model CHECK ((model = 'cosine'::text)),
    CONSTRAINT of_release CHECK ((release_id = 4))
);
CREATE TABLE mall_store.item_similarities_5 (
    release_id bigint CONSTRAINT item_similarities_rows_release_id_not_null NOT NULL,
    model text CONSTRAINT item_similarities_rows_model_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    as_of_date date CONSTRAINT item_similarities_rows_as_of_date_not_null NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-04'::date)),
    CONSTRAINT of_release CHECK ((release_id = 5))
)
PARTITION BY LIST (model);
CREATE TABLE mall_store.item_similarities_5_als (
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    release_id bigint DEFAULT 5 NOT NULL,
    model text DEFAULT 'als'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-04'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-04'::date)),
    CONSTRAINT of_model CHECK ((model = 'als'::text)),
    CONSTRAINT of_release CHECK ((release_id = 5))
);
CREATE TABLE mall_store.item_similarities_5_cosine (
    item_id text CONSTRAINT item_similarities_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    similar_item_id text CONSTRAINT item_similarities_rows_similar_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT item_similarities_rows_rank_not_null NOT NULL,
    score real CONSTRAINT item_similarities_rows_score_not_null NOT NULL,
    co_buyers integer CONSTRAINT item_similarities_rows_co_buyers_not_null NOT NULL,
    release_id bigint DEFAULT 5 NOT NULL,
    model text DEFAULT 'cosine'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-04'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-04'::date)),
    CONSTRAINT of_model CHECK ((model = 'cosine'::text)),
    CONSTRAINT of_release CHECK ((release_id = 5))
);
CREATE UNLOGGED TABLE mall_store.item_similarities_lists_5_als (
    scores_fall boolean,
    model text,
    item_id text COLLATE pg_catalog."C",
    size bigint,
    different_items bigint,
    first_rank integer,
    last_rank integer,
    lowest_score real,
    highest_score real,
    lowest_co_buyers integer,
    has_itself boolean
);
CREATE UNLOGGED TABLE mall_store.item_similarities_lists_5_cosine (
    scores_fall boolean,
    model text,
    item_id text COLLATE pg_catalog."C",
    size bigint,
    different_items bigint,
    first_rank integer,
    last_rank integer,
    lowest_score real,
    highest_score real,
    lowest_co_buyers integer,
    has_itself boolean
);
CREATE TABLE mall_store.products_1 (
    item_id text CONSTRAINT products_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    title text,
    category text COLLATE pg_catalog."C",
    brand text,
    price double precision,
    is_available boolean,
    release_id bigint DEFAULT 1 NOT NULL,
    as_of_date date DEFAULT '2024-01-01'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_release CHECK ((release_id = 1))
);
CREATE TABLE mall_store.products_2 (
    item_id text CONSTRAINT products_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    title text,
    category text COLLATE pg_catalog."C",
    brand text,
    price double precision,
    is_available boolean,
    release_id bigint DEFAULT 2 NOT NULL,
    as_of_date date DEFAULT '2024-01-01'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_release CHECK ((release_id = 2))
);
CREATE TABLE mall_store.products_3 (
    item_id text CONSTRAINT products_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    title text,
    category text COLLATE pg_catalog."C",
    brand text,
    price double precision,
    is_available boolean,
    release_id bigint DEFAULT 3 NOT NULL,
    as_of_date date DEFAULT '2024-01-02'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-02'::date)),
    CONSTRAINT of_release CHECK ((release_id = 3))
);
CREATE TABLE mall_store.products_4 (
    item_id text CONSTRAINT products_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    title text,
    category text COLLATE pg_catalog."C",
    brand text,
    price double precision,
    is_available boolean,
    release_id bigint DEFAULT 4 NOT NULL,
    as_of_date date DEFAULT '2024-01-03'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-03'::date)),
    CONSTRAINT of_release CHECK ((release_id = 4))
);
CREATE TABLE mall_store.products_5 (
    item_id text CONSTRAINT products_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    title text,
    category text COLLATE pg_catalog."C",
    brand text,
    price double precision,
    is_available boolean,
    release_id bigint DEFAULT 5 NOT NULL,
    as_of_date date DEFAULT '2024-01-04'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-04'::date)),
    CONSTRAINT of_release CHECK ((release_id = 5))
);
CREATE TABLE mall_store.recent_items_1 (
    user_id text CONSTRAINT recent_items_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    event_type text CONSTRAINT recent_items_rows_event_type_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT recent_items_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT recent_items_rows_rank_not_null NOT NULL,
    occurred_at timestamp with time zone CONSTRAINT recent_items_rows_occurred_at_not_null NOT NULL,
    release_id bigint DEFAULT 1 NOT NULL,
    as_of_date date DEFAULT '2024-01-01'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_release CHECK ((release_id = 1))
);
CREATE TABLE mall_store.recent_items_2 (
    user_id text CONSTRAINT recent_items_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    event_type text CONSTRAINT recent_items_rows_event_type_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT recent_items_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT recent_items_rows_rank_not_null NOT NULL,
    occurred_at timestamp with time zone CONSTRAINT recent_items_rows_occurred_at_not_null NOT NULL,
    release_id bigint DEFAULT 2 NOT NULL,
    as_of_date date DEFAULT '2024-01-01'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_release CHECK ((release_id = 2))
);
CREATE TABLE mall_store.recent_items_3 (
    user_id text CONSTRAINT recent_items_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    event_type text CONSTRAINT recent_items_rows_event_type_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT recent_items_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT recent_items_rows_rank_not_null NOT NULL,
    occurred_at timestamp with time zone CONSTRAINT recent_items_rows_occurred_at_not_null NOT NULL,
    release_id bigint DEFAULT 3 NOT NULL,
    as_of_date date DEFAULT '2024-01-02'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-02'::date)),
    CONSTRAINT of_release CHECK ((release_id = 3))
);
CREATE TABLE mall_store.recent_items_4 (
    user_id text CONSTRAINT recent_items_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    event_type text CONSTRAINT recent_items_rows_event_type_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT recent_items_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT recent_items_rows_rank_not_null NOT NULL,
    occurred_at timestamp with time zone CONSTRAINT recent_items_rows_occurred_at_not_null NOT NULL,
    release_id bigint DEFAULT 4 NOT NULL,
    as_of_date date DEFAULT '2024-01-03'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-03'::date)),
    CONSTRAINT of_release CHECK ((release_id = 4))
);
CREATE TABLE mall_store.recent_items_5 (
    user_id text CONSTRAINT recent_items_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    event_type text CONSTRAINT recent_items_rows_event_type_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT recent_items_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    rank integer CONSTRAINT recent_items_rows_rank_not_null NOT NULL,
    occurred_at timestamp with time zone CONSTRAINT recent_items_rows_occurred_at_not_null NOT NULL,
    release_id bigint DEFAULT 5 NOT NULL,
    as_of_date date DEFAULT '2024-01-04'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-04'::date)),
    CONSTRAINT of_release CHECK ((release_id = 5))
);
CREATE UNLOGGED TABLE mall_store.recent_items_lists_5 (
    newest_first boolean,
    user_id text COLLATE pg_catalog."C",
    event_type text COLLATE pg_catalog."C",
    size bigint,
    different_items bigint,
    first_rank integer,
    last_rank integer
);
CREATE TABLE mall_store.user_recommendations_1 (
    release_id bigint CONSTRAINT user_recommendations_rows_release_id_not_null NOT NULL,
    model text CONSTRAINT user_recommendations_rows_model_not_null NOT NULL COLLATE pg_catalog."C",
    user_id text CONSTRAINT user_recommendations_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT user_recommendations_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT user_recommendations_rows_rank_not_null NOT NULL,
    score real CONSTRAINT user_recommendations_rows_score_not_null NOT NULL,
    as_of_date date CONSTRAINT user_recommendations_rows_as_of_date_not_null NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_release CHECK ((release_id = 1))
)
PARTITION BY LIST (model);
CREATE TABLE mall_store.user_recommendations_1_als (
    user_id text CONSTRAINT user_recommendations_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT user_recommendations_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT user_recommendations_rows_rank_not_null NOT NULL,
    score real CONSTRAINT user_recommendations_rows_score_not_null NOT NULL,
    release_id bigint DEFAULT 1 NOT NULL,
    model text DEFAULT 'als'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-01'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_model CHECK ((model = 'als'::text)),
    CONSTRAINT of_release CHECK ((release_id = 1))
);
CREATE TABLE mall_store.user_recommendations_2 (
    release_id bigint CONSTRAINT user_recommendations_rows_release_id_not_null NOT NULL,
    model text CONSTRAINT user_recommendations_rows_model_not_null NOT NULL COLLATE pg_catalog."C",
    user_id text CONSTRAINT user_recommendations_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT user_recommendations_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT user_recommendations_rows_rank_not_null NOT NULL,
    score real CONSTRAINT user_recommendations_rows_score_not_null NOT NULL,
    as_of_date date CONSTRAINT user_recommendations_rows_as_of_date_not_null NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_release CHECK ((release_id = 2))
)
PARTITION BY LIST (model);
CREATE TABLE mall_store.user_recommendations_2_als (
    user_id text CONSTRAINT user_recommendations_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT user_recommendations_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT user_recommendations_rows_rank_not_null NOT NULL,
    score real CONSTRAINT user_recommendations_rows_score_not_null NOT NULL,
    release_id bigint DEFAULT 2 NOT NULL,
    model text DEFAULT 'als'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-01'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-01'::date)),
    CONSTRAINT of_model CHECK ((model = 'als'::text)),
    CONSTRAINT of_release CHECK ((release_id = 2))
);
CREATE TABLE mall_store.user_recommendations_3 (
    release_id bigint CONSTRAINT user_recommendations_rows_release_id_not_null NOT NULL,
    model text CONSTRAINT user_recommendations_rows_model_not_null NOT NULL COLLATE pg_catalog."C",
    user_id text CONSTRAINT user_recommendations_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT user_recommendations_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT user_recommendations_rows_rank_not_null NOT NULL,
    score real CONSTRAINT user_recommendations_rows_score_not_null NOT NULL,
    as_of_date date CONSTRAINT user_recommendations_rows_as_of_date_not_null NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-02'::date)),
    CONSTRAINT of_release CHECK ((release_id = 3))
)
PARTITION BY LIST (model);
CREATE TABLE mall_store.user_recommendations_3_als (
    user_id text CONSTRAINT user_recommendations_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT user_recommendations_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT user_recommendations_rows_rank_not_null NOT NULL,
    score real CONSTRAINT user_recommendations_rows_score_not_null NOT NULL,
    release_id bigint DEFAULT 3 NOT NULL,
    model text DEFAULT 'als'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-02'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-02'::date)),
    CONSTRAINT of_model CHECK ((model = 'als'::text)),
    CONSTRAINT of_release CHECK ((release_id = 3))
);
CREATE TABLE mall_store.user_recommendations_4 (
    release_id bigint CONSTRAINT user_recommendations_rows_release_id_not_null NOT NULL,
    model text CONSTRAINT user_recommendations_rows_model_not_null NOT NULL COLLATE pg_catalog."C",
    user_id text CONSTRAINT user_recommendations_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT user_recommendations_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT user_recommendations_rows_rank_not_null NOT NULL,
    score real CONSTRAINT user_recommendations_rows_score_not_null NOT NULL,
    as_of_date date CONSTRAINT user_recommendations_rows_as_of_date_not_null NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-03'::date)),
    CONSTRAINT of_release CHECK ((release_id = 4))
)
PARTITION BY LIST (model);
CREATE TABLE mall_store.user_recommendations_4_als (
    user_id text CONSTRAINT user_recommendations_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT user_recommendations_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT user_recommendations_rows_rank_not_null NOT NULL,
    score real CONSTRAINT user_recommendations_rows_score_not_null NOT NULL,
    release_id bigint DEFAULT 4 NOT NULL,
    model text DEFAULT 'als'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-03'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-03'::date)),
    CONSTRAINT of_model CHECK ((model = 'als'::text)),
    CONSTRAINT of_release CHECK ((release_id = 4))
);
CREATE TABLE mall_store.user_recommendations_5 (
    release_id bigint CONSTRAINT user_recommendations_rows_release_id_not_null NOT NULL,
    model text CONSTRAINT user_recommendations_rows_model_not_null NOT NULL COLLATE pg_catalog."C",
    user_id text CONSTRAINT user_recommendations_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT user_recommendations_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT user_recommendations_rows_rank_not_null NOT NULL,
    score real CONSTRAINT user_recommendations_rows_score_not_null NOT NULL,
    as_of_date date CONSTRAINT user_recommendations_rows_as_of_date_not_null NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-04'::date)),
    CONSTRAINT of_release CHECK ((release_id = 5))
)
PARTITION BY LIST (model);
CREATE TABLE mall_store.user_recommendations_5_als (
    user_id text CONSTRAINT user_recommendations_rows_user_id_not_null NOT NULL COLLATE pg_catalog."C",
    item_id text CONSTRAINT user_recommendations_rows_item_id_not_null NOT NULL COLLATE pg_catalog."C",
    because_item_id text COLLATE pg_catalog."C",
    rank integer CONSTRAINT user_recommendations_rows_rank_not_null NOT NULL,
    score real CONSTRAINT user_recommendations_rows_score_not_null NOT NULL,
    release_id bigint DEFAULT 5 NOT NULL,
    model text DEFAULT 'als'::text NOT NULL COLLATE pg_catalog."C",
    as_of_date date DEFAULT '2024-01-04'::date NOT NULL,
    CONSTRAINT of_date CHECK ((as_of_date = '2024-01-04'::date)),
    CONSTRAINT of_model CHECK ((model = 'als'::text)),
    CONSTRAINT of_release CHECK ((release_id = 5))
);
CREATE UNLOGGED TABLE mall_store.user_recommendations_lists_5_als (
    scores_fall boolean,
    user_id text COLLATE pg_catalog."C",
    size bigint,
    different_items bigint,
    first_rank integer,
    last_rank integer,
    lowest_score real,
    highest_score real,
    item_that_is_its_reason text COLLATE pg_catalog."C"
);
CREATE TABLE mall_store.window_items_4 (
    id text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE mall_store.window_items_5 (
    id text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE mall_store.window_users_4 (
    id text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE mall_store.window_users_5 (
    id text NOT NULL COLLATE pg_catalog."C"
);
ALTER TABLE ONLY mall_store.ad_candidates_rows ATTACH PARTITION mall_store.ad_candidates_1 FOR VALUES IN ('1');
ALTER TABLE ONLY mall_store.ad_candidates_rows ATTACH PARTITION mall_store.ad_candidates_2 FOR VALUES IN ('2');
ALTER TABLE ONLY mall_store.ad_candidates_rows ATTACH PARTITION mall_store.ad_candidates_3 FOR VALUES IN ('3');
ALTER TABLE ONLY mall_store.best_sellers_rows ATTACH PARTITION mall_store.best_sellers_1 FOR VALUES IN ('1');
ALTER TABLE ONLY mall_store.best_sellers_rows ATTACH PARTITION mall_store.best_sellers_2 FOR VALUES IN ('2');
ALTER TABLE ONLY mall_store.best_sellers_rows ATTACH PARTITION mall_store.best_sellers_3 FOR VALUES IN ('3');
ALTER TABLE ONLY mall_store.item_similarities_rows ATTACH PARTITION mall_store.item_similarities_1 FOR VALUES IN ('1');
ALTER TABLE ONLY mall_store.item_similarities_1 ATTACH PARTITION mall_store.item_similarities_1_als FOR VALUES IN ('als');
ALTER TABLE ONLY mall_store.item_similarities_1 ATTACH PARTITION mall_store.item_similarities_1_cosine FOR VALUES IN ('cosine');
ALTER TABLE ONLY mall_store.item_similarities_rows ATTACH PARTITION mall_store.item_similarities_2 FOR VALUES IN ('2');
ALTER TABLE ONLY mall_store.item_similarities_2 ATTACH PARTITION mall_store.item_similarities_2_als FOR VALUES IN ('als');
ALTER TABLE ONLY mall_store.item_similarities_2 ATTACH PARTITION mall_store.item_similarities_2_cosine FOR VALUES IN ('cosine');
ALTER TABLE ONLY mall_store.item_similarities_rows ATTACH PARTITION mall_store.item_similarities_3 FOR VALUES IN ('3');
ALTER TABLE ONLY mall_store.item_similarities_3 ATTACH PARTITION mall_store.item_similarities_3_als FOR VALUES IN ('als');
ALTER TABLE ONLY mall_store.item_similarities_3 ATTACH PARTITION mall_store.item_similarities_3_cosine FOR VALUES IN ('cosine');
ALTER TABLE ONLY mall_store.item_similarities_4 ATTACH PARTITION mall_store.item_similarities_4_als FOR VALUES IN ('als');
ALTER TABLE ONLY mall_store.item_similarities_4 ATTACH PARTITION mall_store.item_similarities_4_cosine FOR VALUES IN ('cosine');
ALTER TABLE ONLY mall_store.item_similarities_5 ATTACH PARTITION mall_store.item_similarities_5_als FOR VALUES IN ('als');
ALTER TABLE ONLY mall_store.item_similarities_5 ATTACH PARTITION mall_store.item_similarities_5_cosine FOR VALUES IN ('cosine');
ALTER TABLE ONLY mall_store.products_rows ATTACH PARTITION mall_store.products_1 FOR VALUES IN ('1');
ALTER TABLE ONLY mall_store.products_rows ATTACH PARTITION mall_store.products_2 FOR VALUES IN ('2');
ALTER TABLE ONLY mall_store.products_rows ATTACH PARTITION mall_store.products_3 FOR VALUES IN ('3');
ALTER TABLE ONLY mall_store.recent_items_rows ATTACH PARTITION mall_store.recent_items_1 FOR VALUES IN ('1');
ALTER TABLE ONLY mall_store.recent_items_rows ATTACH PARTITION mall_store.recent_items_2 FOR VALUES IN ('2');
ALTER TABLE ONLY mall_store.recent_items_rows ATTACH PARTITION mall_store.recent_items_3 FOR VALUES IN ('3');
ALTER TABLE ONLY mall_store.user_recommendations_rows ATTACH PARTITION mall_store.user_recommendations_1 FOR VALUES IN ('1');
ALTER TABLE ONLY mall_store.user_recommendations_1 ATTACH PARTITION mall_store.user_recommendations_1_als FOR VALUES IN ('als');
ALTER TABLE ONLY mall_store.user_recommendations_rows ATTACH PARTITION mall_store.user_recommendations_2 FOR VALUES IN ('2');
ALTER TABLE ONLY mall_store.user_recommendations_2 ATTACH PARTITION mall_store.user_recommendations_2_als FOR VALUES IN ('als');
ALTER TABLE ONLY mall_store.user_recommendations_rows ATTACH PARTITION mall_store.user_recommendations_3 FOR VALUES IN ('3');
ALTER TABLE ONLY mall_store.user_recommendations_3 ATTACH PARTITION mall_store.user_recommendations_3_als FOR VALUES IN ('als');
ALTER TABLE ONLY mall_store.user_recommendations_4 ATTACH PARTITION mall_store.user_recommendations_4_als FOR VALUES IN ('als');
ALTER TABLE ONLY mall_store.user_recommendations_5 ATTACH PARTITION mall_store.user_recommendations_5_als FOR VALUES IN ('als');
INSERT INTO mall.partitions VALUES
	('purchases', 'abc', 10, 1, 0, 0, 0, false, 1, '2024-01-01', '2024-01-02 03:00:00+00');
INSERT INTO mall.release_checks VALUES
	(1, 'window', '', 'known_items', 'critical', true, '6 of 6 bought items (100.0%) are in the catalogue', 'At least 50.0% of them; have the mall deliver the whole catalogue, or, if what it does not name can be bought, set catalogue.absent_items to available and lower gates.min_known_items', '2026-11-26 23:46:18.074203+00'),
	(1, 'window', '', 'days_with_lines', 'critical', true, '30 of 30 open days (100.0%)', 'At least 50.0% of the window''s days that are not closed have purchases; have the empty ones delivered and ingest them again, name closed ones in calendar, or lower gates.min_window_days', '2026-11-26 23:46:18.074718+00'),
	(1, 'ad_candidates', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:18.074776+00'),
	(1, 'best_sellers', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:18.074809+00'),
	(1, 'item_similarities', 'als', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:18.074843+00'),
	(1, 'item_similarities', 'cosine', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:18.074876+00'),
	(1, 'products', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:18.074901+00'),
	(1, 'recent_items', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:18.074913+00'),
	(1, 'user_recommendations', 'als', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:18.074925+00'),
	(1, '', 'cosine', 'model_is_staged', 'critical', true, '1 tables', 'a table', '2026-11-26 23:46:18.074936+00'),
	(1, '', 'als', 'model_is_staged', 'critical', true, '2 tables', 'a table', '2026-11-26 23:46:18.074946+00'),
	(1, 'ad_candidates', '', 'ids_in_window', 'critical', true, 'none', 'Every user, item and reason is of the window', '2026-11-26 23:46:18.074957+00'),
	(1, 'ad_candidates', '', 'no_repeated_item', 'critical', true, 'none', 'A user is shown each item once', '2026-11-26 23:46:18.074968+00'),
	(1, 'ad_candidates', '', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own reason', '2026-11-26 23:46:18.074979+00'),
	(1, 'ad_candidates', '', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each user''s list are 1 to n without gaps', '2026-11-26 23:46:18.074997+00'),
	(1, 'ad_candidates', '', 'scores_are_finite', 'critical', true, 'none', 'Every score is a finite number', '2026-11-26 23:46:18.07501+00'),
	(1, 'ad_candidates', '', 'unique_key', 'critical', true, 'none', 'No two rows share a user and a rank', '2026-11-26 23:46:18.07502+00'),
	(1, 'ad_candidates', '', 'row_count', 'critical', true, '12', 'at least 1 rows', '2026-11-26 23:46:18.075038+00'),
	(1, 'ad_candidates', '', 'user_coverage', 'critical', true, '3 (100.0%)', 'at least 50.0% of the window''s 3 users', '2026-11-26 23:46:18.075048+00'),
	(1, 'best_sellers', '', 'buyers_fall_with_rank', 'critical', true, 'none', 'A worse rank never has more buyers', '2026-11-26 23:46:18.075058+00'),
	(1, 'best_sellers', '', 'ids_in_window', 'critical', true, 'none', 'Every item was bought in the window', '2026-11-26 23:46:18.075075+00'),
	(1, 'best_sellers', '', 'no_repeated_item', 'critical', true, 'none', 'A category ranks each item once', '2026-11-26 23:46:18.075091+00'),
	(1, 'best_sellers', '', 'numbers_in_range', 'critical', true, 'none', 'A best seller has a buyer, no more buyers than purchases, and a finite revenue', '2026-11-26 23:46:18.075105+00'),
	(1, 'best_sellers', '', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each category are 1 to n without gaps', '2026-11-26 23:46:18.075116+00'),
	(1, 'best_sellers', '', 'unique_key', 'critical', true, 'none', 'No two rows share a category and a rank', '2026-11-26 23:46:18.075127+00'),
	(1, 'best_sellers', '', 'row_count', 'critical', true, '6', 'at least 1 rows', '2026-11-26 23:46:18.075137+00'),
	(1, 'item_similarities', 'als', 'co_buyers_in_range', 'critical', true, 'none', 'Of every two neighbours 0 users or more bought both, as the model states', '2026-11-26 23:46:18.075148+00'),
	(1, 'item_similarities', 'als', 'ids_in_window', 'critical', true, 'none', 'Every item and neighbour was bought in the window', '2026-11-26 23:46:18.075159+00'),
	(1, 'item_similarities', 'als', 'no_repeated_item', 'critical', true, 'none', 'An item has each neighbour once', '2026-11-26 23:46:18.075169+00'),
	(1, 'item_similarities', 'als', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own neighbour', '2026-11-26 23:46:18.07518+00'),
	(1, 'item_similarities', 'als', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each item''s list are 1 to n without gaps', '2026-11-26 23:46:18.07519+00'),
	(1, 'item_similarities', 'als', 'scores_fall_with_rank', 'critical', true, 'none', 'A worse rank never has a higher score', '2026-11-26 23:46:18.0752+00'),
	(1, 'item_similarities', 'als', 'scores_in_range', 'critical', true, 'none', 'Every score is a finite number in [-1, 1]', '2026-11-26 23:46:18.075211+00'),
	(1, 'item_similarities', 'als', 'unique_key', 'critical', true, 'none', 'No two rows share an item and a rank', '2026-11-26 23:46:18.075225+00'),
	(1, 'item_similarities', 'als', 'row_count', 'critical', true, '30', 'at least 1 rows', '2026-11-26 23:46:18.07524+00'),
	(1, 'item_similarities', 'als', 'item_coverage', 'critical', true, '6 (100.0%)', 'at least 20.0% of the window''s 6 items', '2026-11-26 23:46:18.075251+00'),
	(1, 'item_similarities', 'cosine', 'co_buyers_in_range', 'critical', true, 'none', 'Of every two neighbours 1 users or more bought both, as the model states', '2026-11-26 23:46:18.075261+00'),
	(1, 'item_similarities', 'cosine', 'ids_in_window', 'critical', true, 'none', 'Every item and neighbour was bought in the window', '2026-11-26 23:46:18.075272+00'),
	(1, 'item_similarities', 'cosine', 'no_repeated_item', 'critical', true, 'none', 'An item has each neighbour once', '2026-11-26 23:46:18.075287+00'),
	(1, 'item_similarities', 'cosine', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own neighbour', '2026-11-26 23:46:18.075303+00'),
	(1, 'item_similarities', 'cosine', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each item''s list are 1 to n without gaps', '2026-11-26 23:46:18.075313+00'),
	(1, 'item_similarities', 'cosine', 'scores_fall_with_rank', 'critical', true, 'none', 'A worse rank never has a higher score', '2026-11-26 23:46:18.075324+00'),
	(1, 'item_similarities', 'cosine', 'scores_in_range', 'critical', true, 'none', 'Every score is a finite number in (0, 1]', '2026-11-26 23:46:18.075344+00'),
	(1, 'item_similarities', 'cosine', 'unique_key', 'critical', true, 'none', 'No two rows share an item and a rank', '2026-11-26 23:46:18.075355+00'),
	(1, 'item_similarities', 'cosine', 'row_count', 'critical', true, '30', 'at least 1 rows', '2026-11-26 23:46:18.075365+00'),
	(1, 'item_similarities', 'cosine', 'item_coverage', 'critical', true, '6 (100.0%)', 'at least 20.0% of the window''s 6 items', '2026-11-26 23:46:18.075376+00'),
	(1, 'products', '', 'prices_in_range', 'critical', true, 'none', 'A price is null or a finite number that is not negative', '2026-11-26 23:46:18.075387+00'),
	(1, 'products', '', 'unique_key', 'critical', true, 'none', 'No two rows share an item', '2026-11-26 23:46:18.075406+00'),
	(1, 'products', '', 'row_count', 'warning', true, '6', 'at least 1 rows', '2026-11-26 23:46:18.075417+00'),
	(1, 'recent_items', '', 'ids_in_window', 'critical', true, 'none', 'Every user and item of a purchase is of the window', '2026-11-26 23:46:18.075427+00'),
	(1, 'recent_items', '', 'newest_first', 'critical', true, 'none', 'A worse rank is never newer', '2026-11-26 23:46:18.075438+00'),
	(1, 'recent_items', '', 'no_repeated_item', 'critical', true, 'none', 'A user has each item once per event type', '2026-11-26 23:46:18.075448+00'),
	(1, 'recent_items', '', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each user''s list are 1 to n without gaps', '2026-11-26 23:46:18.080775+00'),
	(1, 'recent_items', '', 'unique_key', 'critical', true, 'none', 'No two rows share a user, an event type and a rank', '2026-11-26 23:46:18.080807+00'),
	(1, 'recent_items', '', 'row_count', 'critical', true, '9', 'at least 1 rows', '2026-11-26 23:46:18.080822+00'),
	(1, 'recent_items', '', 'user_coverage', 'critical', true, '3 (100.0%)', 'at least 50.0% of the window''s 3 users', '2026-11-26 23:46:18.08084+00'),
	(1, 'user_recommendations', 'als', 'ids_in_window', 'critical', true, 'none', 'Every user, item and reason is of the window', '2026-11-26 23:46:18.080857+00'),
	(1, 'user_recommendations', 'als', 'no_repeated_item', 'critical', true, 'none', 'A user is recommended each item once', '2026-11-26 23:46:18.08087+00'),
	(1, 'user_recommendations', 'als', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own reason', '2026-11-26 23:46:18.080887+00'),
	(1, 'user_recommendations', 'als', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each user''s list are 1 to n without gaps', '2026-11-26 23:46:18.080898+00'),
	(1, 'user_recommendations', 'als', 'scores_fall_with_rank', 'critical', true, 'none', 'A worse rank never has a higher score', '2026-11-26 23:46:18.08105+00'),
	(1, 'user_recommendations', 'als', 'scores_in_range', 'critical', true, 'none', 'Every score is a finite number in (-∞, ∞)', '2026-11-26 23:46:18.081064+00'),
	(1, 'user_recommendations', 'als', 'unique_key', 'critical', true, 'none', 'No two rows share a user and a rank', '2026-11-26 23:46:18.081075+00'),
	(1, 'user_recommendations', 'als', 'row_count', 'critical', true, '9', 'at least 1 rows', '2026-11-26 23:46:18.081085+00'),
	(1, 'user_recommendations', 'als', 'user_coverage', 'critical', true, '3 (100.0%)', 'at least 50.0% of the window''s 3 users', '2026-11-26 23:46:18.081107+00'),
	(2, 'window', '', 'known_items', 'critical', true, '6 of 6 bought items (100.0%) are in the catalogue', 'At least 50.0% of them; have the mall deliver the whole catalogue, or, if what it does not name can be bought, set catalogue.absent_items to available and lower gates.min_known_items', '2026-11-26 23:46:20.852463+00'),
	(2, 'window', '', 'days_with_lines', 'critical', true, '30 of 30 open days (100.0%)', 'At least 50.0% of the window''s days that are not closed have purchases; have the empty ones delivered and ingest them again, name closed ones in calendar, or lower gates.min_window_days', '2026-11-26 23:46:20.852647+00'),
	(2, 'ad_candidates', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:20.852692+00'),
	(2, 'best_sellers', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:20.852724+00'),
	(2, 'item_similarities', 'als', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:20.852752+00'),
	(2, 'item_similarities', 'cosine', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:20.852781+00'),
	(2, 'products', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:20.852807+00'),
	(2, 'recent_items', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:20.85282+00'),
	(2, 'user_recommendations', 'als', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:20.852832+00'),
	(2, '', 'cosine', 'model_is_staged', 'critical', true, '1 tables', 'a table', '2026-11-26 23:46:20.852843+00'),
	(2, '', 'als', 'model_is_staged', 'critical', true, '2 tables', 'a table', '2026-11-26 23:46:20.852855+00'),
	(2, 'ad_candidates', '', 'ids_in_window', 'critical', true, 'none', 'Every user, item and reason is of the window', '2026-11-26 23:46:20.852878+00'),
	(2, 'ad_candidates', '', 'no_repeated_item', 'critical', true, 'none', 'A user is shown each item once', '2026-11-26 23:46:20.85289+00'),
	(2, 'ad_candidates', '', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own reason', '2026-11-26 23:46:20.852902+00'),
	(2, 'ad_candidates', '', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each user''s list are 1 to n without gaps', '2026-11-26 23:46:20.852916+00'),
	(2, 'ad_candidates', '', 'scores_are_finite', 'critical', true, 'none', 'Every score is a finite number', '2026-11-26 23:46:20.852927+00'),
	(2, 'ad_candidates', '', 'unique_key', 'critical', true, 'none', 'No two rows share a user and a rank', '2026-11-26 23:46:20.852938+00'),
	(2, 'ad_candidates', '', 'row_count', 'critical', true, '12', 'at least 1 rows', '2026-11-26 23:46:20.852957+00'),
	(2, 'ad_candidates', '', 'user_coverage', 'critical', true, '3 (100.0%)', 'at least 50.0% of the window''s 3 users', '2026-11-26 23:46:20.852969+00'),
	(2, 'best_sellers', '', 'buyers_fall_with_rank', 'critical', true, 'none', 'A worse rank never has more buyers', '2026-11-26 23:46:20.85298+00'),
	(2, 'best_sellers', '', 'ids_in_window', 'critical', true, 'none', 'Every item was bought in the window', '2026-11-26 23:46:20.852992+00'),
	(2, 'best_sellers', '', 'no_repeated_item', 'critical', true, 'none', 'A category ranks each item once', '2026-11-26 23:46:20.853002+00'),
	(2, 'best_sellers', '', 'numbers_in_range', 'critical', true, 'none', 'A best seller has a buyer, no more buyers than purchases, and a finite revenue', '2026-11-26 23:46:20.853014+00'),
	(2, 'best_sellers', '', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each category are 1 to n without gaps', '2026-11-26 23:46:20.853025+00'),
	(2, 'best_sellers', '', 'unique_key', 'critical', true, 'none', 'No two rows share a category and a rank', '2026-11-26 23:46:20.853036+00'),
	(2, 'best_sellers', '', 'row_count', 'critical', true, '6', 'at least 1 rows', '2026-11-26 23:46:20.853048+00'),
	(2, 'item_similarities', 'als', 'co_buyers_in_range', 'critical', true, 'none', 'Of every two neighbours 0 users or more bought both, as the model states', '2026-11-26 23:46:20.853059+00'),
	(2, 'item_similarities', 'als', 'ids_in_window', 'critical', true, 'none', 'Every item and neighbour was bought in the window', '2026-11-26 23:46:20.85307+00'),
	(2, 'item_similarities', 'als', 'no_repeated_item', 'critical', true, 'none', 'An item has each neighbour once', '2026-11-26 23:46:20.853081+00'),
	(2, 'item_similarities', 'als', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own neighbour', '2026-11-26 23:46:20.853104+00'),
	(2, 'item_similarities', 'als', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each item''s list are 1 to n without gaps', '2026-11-26 23:46:20.853116+00'),
	(2, 'item_similarities', 'als', 'scores_fall_with_rank', 'critical', true, 'none', 'A worse rank never has a higher score', '2026-11-26 23:46:20.853127+00'),
	(2, 'item_similarities', 'als', 'scores_in_range', 'critical', true, 'none', 'Every score is a finite number in [-1, 1]', '2026-11-26 23:46:20.853138+00'),
	(2, 'item_similarities', 'als', 'unique_key', 'critical', true, 'none', 'No two rows share an item and a rank', '2026-11-26 23:46:20.853149+00'),
	(2, 'item_similarities', 'als', 'row_count', 'critical', true, '30', 'at least 1 rows', '2026-11-26 23:46:20.85316+00'),
	(2, 'item_similarities', 'als', 'item_coverage', 'critical', true, '6 (100.0%)', 'at least 20.0% of the window''s 6 items', '2026-11-26 23:46:20.853172+00'),
	(2, 'item_similarities', 'cosine', 'co_buyers_in_range', 'critical', true, 'none', 'Of every two neighbours 1 users or more bought both, as the model states', '2026-11-26 23:46:20.853183+00'),
	(2, 'item_similarities', 'cosine', 'ids_in_window', 'critical', true, 'none', 'Every item and neighbour was bought in the window', '2026-11-26 23:46:20.853194+00'),
	(2, 'item_similarities', 'cosine', 'no_repeated_item', 'critical', true, 'none', 'An item has each neighbour once', '2026-11-26 23:46:20.853205+00'),
	(2, 'item_similarities', 'cosine', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own neighbour', '2026-11-26 23:46:20.853216+00'),
	(2, 'item_similarities', 'cosine', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each item''s list are 1 to n without gaps', '2026-11-26 23:46:20.853227+00'),
	(2, 'item_similarities', 'cosine', 'scores_fall_with_rank', 'critical', true, 'none', 'A worse rank never has a higher score', '2026-11-26 23:46:20.853238+00'),
	(2, 'item_similarities', 'cosine', 'scores_in_range', 'critical', true, 'none', 'Every score is a finite number in (0, 1]', '2026-11-26 23:46:20.85325+00'),
	(2, 'item_similarities', 'cosine', 'unique_key', 'critical', true, 'none', 'No two rows share an item and a rank', '2026-11-26 23:46:20.853261+00'),
	(2, 'item_similarities', 'cosine', 'row_count', 'critical', true, '30', 'at least 1 rows', '2026-11-26 23:46:20.853274+00'),
	(2, 'item_similarities', 'cosine', 'item_coverage', 'critical', true, '6 (100.0%)', 'at least 20.0% of the window''s 6 items', '2026-11-26 23:46:20.853285+00'),
	(2, 'products', '', 'prices_in_range', 'critical', true, 'none', 'A price is null or a finite number that is not negative', '2026-11-26 23:46:20.853297+00'),
	(2, 'products', '', 'unique_key', 'critical', true, 'none', 'No two rows share an item', '2026-11-26 23:46:20.853308+00'),
	(2, 'products', '', 'row_count', 'warning', true, '6', 'at least 1 rows', '2026-11-26 23:46:20.853319+00'),
	(2, 'recent_items', '', 'ids_in_window', 'critical', true, 'none', 'Every user and item of a purchase is of the window', '2026-11-26 23:46:20.85333+00'),
	(2, 'recent_items', '', 'newest_first', 'critical', true, 'none', 'A worse rank is never newer', '2026-11-26 23:46:20.853341+00'),
	(2, 'recent_items', '', 'no_repeated_item', 'critical', true, 'none', 'A user has each item once per event type', '2026-11-26 23:46:20.853352+00'),
	(2, 'recent_items', '', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each user''s list are 1 to n without gaps', '2026-11-26 23:46:20.853363+00'),
	(2, 'recent_items', '', 'unique_key', 'critical', true, 'none', 'No two rows share a user, an event type and a rank', '2026-11-26 23:46:20.853374+00'),
	(2, 'recent_items', '', 'row_count', 'critical', true, '9', 'at least 1 rows', '2026-11-26 23:46:20.853421+00'),
	(2, 'recent_items', '', 'user_coverage', 'critical', true, '3 (100.0%)', 'at least 50.0% of the window''s 3 users', '2026-11-26 23:46:20.853433+00'),
	(2, 'user_recommendations', 'als', 'ids_in_window', 'critical', true, 'none', 'Every user, item and reason is of the window', '2026-11-26 23:46:20.853444+00'),
	(2, 'user_recommendations', 'als', 'no_repeated_item', 'critical', true, 'none', 'A user is recommended each item once', '2026-11-26 23:46:20.853455+00'),
	(2, 'user_recommendations', 'als', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own reason', '2026-11-26 23:46:20.853466+00'),
	(2, 'user_recommendations', 'als', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each user''s list are 1 to n without gaps', '2026-11-26 23:46:20.853477+00'),
	(2, 'user_recommendations', 'als', 'scores_fall_with_rank', 'critical', true, 'none', 'A worse rank never has a higher score', '2026-11-26 23:46:20.85349+00'),
	(2, 'user_recommendations', 'als', 'scores_in_range', 'critical', true, 'none', 'Every score is a finite number in (-∞, ∞)', '2026-11-26 23:46:20.853502+00'),
	(2, 'user_recommendations', 'als', 'unique_key', 'critical', true, 'none', 'No two rows share a user and a rank', '2026-11-26 23:46:20.853513+00'),
	(2, 'user_recommendations', 'als', 'row_count', 'critical', true, '9', 'at least 1 rows', '2026-11-26 23:46:20.853524+00'),
	(2, 'user_recommendations', 'als', 'user_coverage', 'critical', true, '3 (100.0%)', 'at least 50.0% of the window''s 3 users', '2026-11-26 23:46:20.853536+00'),
	(3, 'window', '', 'known_items', 'critical', true, '6 of 6 bought items (100.0%) are in the catalogue', 'At least 50.0% of them; have the mall deliver the whole catalogue, or, if what it does not name can be bought, set catalogue.absent_items to available and lower gates.min_known_items', '2026-11-26 23:46:23.669735+00'),
	(3, 'window', '', 'known_items_drop', 'critical', true, '6 of 6 bought items (100.0%) are in the catalogue', 'At least 80.0% of them, since 100.0% is the median of the release before it; have the mall deliver the whole catalogue, or, if what it does not name can be bought, set catalogue.absent_items to available and raise gates.max_known_items_drop', '2026-11-26 23:46:23.670027+00'),
	(3, 'window', '', 'days_with_lines', 'critical', true, '30 of 30 open days (100.0%)', 'At least 50.0% of the window''s days that are not closed have purchases; have the empty ones delivered and ingest them again, name closed ones in calendar, or lower gates.min_window_days', '2026-11-26 23:46:23.670077+00'),
	(3, 'ad_candidates', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:23.670107+00'),
	(3, 'best_sellers', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:23.670133+00'),
	(3, 'item_similarities', 'als', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:23.670159+00'),
	(3, 'item_similarities', 'cosine', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:23.670192+00'),
	(3, 'products', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:23.670205+00'),
	(3, 'recent_items', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:23.670216+00'),
	(3, 'user_recommendations', 'als', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:23.670227+00'),
	(3, '', 'cosine', 'model_is_staged', 'critical', true, '1 tables', 'a table', '2026-11-26 23:46:23.670237+00'),
	(3, '', 'als', 'model_is_staged', 'critical', true, '2 tables', 'a table', '2026-11-26 23:46:23.670248+00'),
	(3, 'ad_candidates', '', 'ids_in_window', 'critical', true, 'none', 'Every user, item and reason is of the window', '2026-11-26 23:46:23.670258+00'),
	(3, 'ad_candidates', '', 'no_repeated_item', 'critical', true, 'none', 'A user is shown each item once', '2026-11-26 23:46:23.670346+00'),
	(3, 'ad_candidates', '', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own reason', '2026-11-26 23:46:23.670367+00'),
	(3, 'ad_candidates', '', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each user''s list are 1 to n without gaps', '2026-11-26 23:46:23.670384+00'),
	(3, 'ad_candidates', '', 'scores_are_finite', 'critical', true, 'none', 'Every score is a finite number', '2026-11-26 23:46:23.670396+00'),
	(3, 'ad_candidates', '', 'unique_key', 'critical', true, 'none', 'No two rows share a user and a rank', '2026-11-26 23:46:23.67041+00'),
	(3, 'ad_candidates', '', 'row_count', 'critical', true, '12', 'at least 1 rows', '2026-11-26 23:46:23.670426+00'),
	(3, 'ad_candidates', '', 'user_coverage', 'critical', true, '3 (100.0%)', 'at least 50.0% of the window''s 3 users', '2026-11-26 23:46:23.67044+00'),
	(3, 'ad_candidates', '', 'row_count_change', 'warning', true, '12', 'within 50% of the 12 rows of release 2', '2026-11-26 23:46:23.67045+00'),
	(3, 'best_sellers', '', 'buyers_fall_with_rank', 'critical', true, 'none', 'A worse rank never has more buyers', '2026-11-26 23:46:23.670461+00'),
	(3, 'best_sellers', '', 'ids_in_window', 'critical', true, 'none', 'Every item was bought in the window', '2026-11-26 23:46:23.670478+00'),
	(3, 'best_sellers', '', 'no_repeated_item', 'critical', true, 'none', 'A category ranks each item once', '2026-11-26 23:46:23.67049+00'),
	(3, 'best_sellers', '', 'numbers_in_range', 'critical', true, 'none', 'A best seller has a buyer, no more buyers than purchases, and a finite revenue', '2026-11-26 23:46:23.6705+00'),
	(3, 'best_sellers', '', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each category are 1 to n without gaps', '2026-11-26 23:46:23.67051+00'),
	(3, 'best_sellers', '', 'unique_key', 'critical', true, 'none', 'No two rows share a category and a rank', '2026-11-26 23:46:23.670524+00'),
	(3, 'best_sellers', '', 'row_count', 'critical', true, '6', 'at least 1 rows', '2026-11-26 23:46:23.670539+00'),
	(3, 'best_sellers', '', 'row_count_change', 'warning', true, '6', 'within 50% of the 6 rows of release 2', '2026-11-26 23:46:23.67055+00'),
	(3, 'item_similarities', 'als', 'co_buyers_in_range', 'critical', true, 'none', 'Of every two neighbours 0 users or more bought both, as the model states', '2026-11-26 23:46:23.67056+00'),
	(3, 'item_similarities', 'als', 'ids_in_window', 'critical', true, 'none', 'Every item and neighbour was bought in the window', '2026-11-26 23:46:23.67057+00'),
	(3, 'item_similarities', 'als', 'no_repeated_item', 'critical', true, 'none', 'An item has each neighbour once', '2026-11-26 23:46:23.670581+00'),
	(3, 'item_similarities', 'als', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own neighbour', '2026-11-26 23:46:23.670591+00'),
	(3, 'item_similarities', 'als', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each item''s list are 1 to n without gaps', '2026-11-26 23:46:23.670601+00'),
	(3, 'item_similarities', 'als', 'scores_fall_with_rank', 'critical', true, 'none', 'A worse rank never has a higher score', '2026-11-26 23:46:23.67061+00'),
	(3, 'item_similarities', 'als', 'scores_in_range', 'critical', true, 'none', 'Every score is a finite number in [-1, 1]', '2026-11-26 23:46:23.670628+00'),
	(3, 'item_similarities', 'als', 'unique_key', 'critical', true, 'none', 'No two rows share an item and a rank', '2026-11-26 23:46:23.670641+00'),
	(3, 'item_similarities', 'als', 'row_count', 'critical', true, '30', 'at least 1 rows', '2026-11-26 23:46:23.670651+00'),
	(3, 'item_similarities', 'als', 'item_coverage', 'critical', true, '6 (100.0%)', 'at least 20.0% of the window''s 6 items', '2026-11-26 23:46:23.670661+00'),
	(3, 'item_similarities', 'als', 'row_count_change', 'warning', true, '30', 'within 50% of the 30 rows of release 2', '2026-11-26 23:46:23.670672+00'),
	(3, 'item_similarities', 'cosine', 'co_buyers_in_range', 'critical', true, 'none', 'Of every two neighbours 1 users or more bought both, as the model states', '2026-11-26 23:46:23.670682+00'),
	(3, 'item_similarities', 'cosine', 'ids_in_window', 'critical', true, 'none', 'Every item and neighbour was bought in the window', '2026-11-26 23:46:23.670692+00'),
	(3, 'item_similarities', 'cosine', 'no_repeated_item', 'critical', true, 'none', 'An item has each neighbour once', '2026-11-26 23:46:23.670702+00'),
	(3, 'item_similarities', 'cosine', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own neighbour', '2026-11-26 23:46:23.670721+00'),
	(3, 'item_similarities', 'cosine', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each item''s list are 1 to n without gaps', '2026-11-26 23:46:23.670732+00'),
	(3, 'item_similarities', 'cosine', 'scores_fall_with_rank', 'critical', true, 'none', 'A worse rank never has a higher score', '2026-11-26 23:46:23.670742+00'),
	(3, 'item_similarities', 'cosine', 'scores_in_range', 'critical', true, 'none', 'Every score is a finite number in (0, 1]', '2026-11-26 23:46:23.67078+00'),
	(3, 'item_similarities', 'cosine', 'unique_key', 'critical', true, 'none', 'No two rows share an item and a rank', '2026-11-26 23:46:23.670791+00'),
	(3, 'item_similarities', 'cosine', 'row_count', 'critical', true, '30', 'at least 1 rows', '2026-11-26 23:46:23.670801+00'),
	(3, 'item_similarities', 'cosine', 'item_coverage', 'critical', true, '6 (100.0%)', 'at least 20.0% of the window''s 6 items', '2026-11-26 23:46:23.670811+00'),
	(3, 'item_similarities', 'cosine', 'row_count_change', 'warning', true, '30', 'within 50% of the 30 rows of release 2', '2026-11-26 23:46:23.670821+00'),
	(3, 'products', '', 'prices_in_range', 'critical', true, 'none', 'A price is null or a finite number that is not negative', '2026-11-26 23:46:23.670831+00'),
	(3, 'products', '', 'unique_key', 'critical', true, 'none', 'No two rows share an item', '2026-11-26 23:46:23.670842+00'),
	(3, 'products', '', 'row_count', 'warning', true, '6', 'at least 1 rows', '2026-11-26 23:46:23.670852+00'),
	(3, 'products', '', 'row_count_change', 'warning', true, '6', 'within 50% of the 6 rows of release 2', '2026-11-26 23:46:23.670871+00'),
	(3, 'recent_items', '', 'ids_in_window', 'critical', true, 'none', 'Every user and item of a purchase is of the window', '2026-11-26 23:46:23.670883+00'),
	(3, 'recent_items', '', 'newest_first', 'critical', true, 'none', 'A worse rank is never newer', '2026-11-26 23:46:23.670893+00'),
	(3, 'recent_items', '', 'no_repeated_item', 'critical', true, 'none', 'A user has each item once per event type', '2026-11-26 23:46:23.670903+00'),
	(3, 'recent_items', '', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each user''s list are 1 to n without gaps', '2026-11-26 23:46:23.670922+00'),
	(3, 'recent_items', '', 'unique_key', 'critical', true, 'none', 'No two rows share a user, an event type and a rank', '2026-11-26 23:46:23.670933+00'),
	(3, 'recent_items', '', 'row_count', 'critical', true, '9', 'at least 1 rows', '2026-11-26 23:46:23.670943+00'),
	(3, 'recent_items', '', 'user_coverage', 'critical', true, '3 (100.0%)', 'at least 50.0% of the window''s 3 users', '2026-11-26 23:46:23.670953+00'),
	(3, 'recent_items', '', 'row_count_change', 'warning', true, '9', 'within 50% of the 9 rows of release 2', '2026-11-26 23:46:23.670972+00'),
	(3, 'user_recommendations', 'als', 'ids_in_window', 'critical', true, 'none', 'Every user, item and reason is of the window', '2026-11-26 23:46:23.670984+00'),
	(3, 'user_recommendations', 'als', 'no_repeated_item', 'critical', true, 'none', 'A user is recommended each item once', '2026-11-26 23:46:23.670994+00'),
	(3, 'user_recommendations', 'als', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own reason', '2026-11-26 23:46:23.671006+00'),
	(3, 'user_recommendations', 'als', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each user''s list are 1 to n without gaps', '2026-11-26 23:46:23.671016+00'),
	(3, 'user_recommendations', 'als', 'scores_fall_with_rank', 'critical', true, 'none', 'A worse rank never has a higher score', '2026-11-26 23:46:23.671034+00'),
	(3, 'user_recommendations', 'als', 'scores_in_range', 'critical', true, 'none', 'Every score is a finite number in (-∞, ∞)', '2026-11-26 23:46:23.671045+00'),
	(3, 'user_recommendations', 'als', 'unique_key', 'critical', true, 'none', 'No two rows share a user and a rank', '2026-11-26 23:46:23.671056+00'),
	(3, 'user_recommendations', 'als', 'row_count', 'critical', true, '9', 'at least 1 rows', '2026-11-26 23:46:23.671065+00'),
	(3, 'user_recommendations', 'als', 'user_coverage', 'critical', true, '3 (100.0%)', 'at least 50.0% of the window''s 3 users', '2026-11-26 23:46:23.671076+00'),
	(3, 'user_recommendations', 'als', 'row_count_change', 'warning', true, '9', 'within 50% of the 9 rows of release 2', '2026-11-26 23:46:23.671086+00'),
	(5, 'window', '', 'known_items', 'critical', true, '6 of 6 bought items (100.0%) are in the catalogue', 'At least 50.0% of them; have the mall deliver the whole catalogue, or, if what it does not name can be bought, set catalogue.absent_items to available and lower gates.min_known_items', '2026-11-26 23:46:25.988675+00'),
	(5, 'window', '', 'known_items_drop', 'critical', true, '6 of 6 bought items (100.0%) are in the catalogue', 'At least 80.0% of them, since 100.0% is the median of the 2 releases before it; have the mall deliver the whole catalogue, or, if what it does not name can be bought, set catalogue.absent_items to available and raise gates.max_known_items_drop', '2026-11-26 23:46:25.9888+00'),
	(5, 'window', '', 'days_with_lines', 'critical', true, '30 of 30 open days (100.0%)', 'At least 50.0% of the window''s days that are not closed have purchases; have the empty ones delivered and ingest them again, name closed ones in calendar, or lower gates.min_window_days', '2026-11-26 23:46:25.988838+00'),
	(5, 'ad_candidates', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:25.988859+00'),
	(5, 'best_sellers', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:25.988876+00'),
	(5, 'item_similarities', 'als', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:25.988895+00'),
	(5, 'item_similarities', 'cosine', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:25.988907+00'),
	(5, 'products', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:25.988919+00'),
	(5, 'recent_items', '', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:25.98893+00'),
	(5, 'user_recommendations', 'als', 'table_is_staged', 'critical', true, 'the table', 'the table', '2026-11-26 23:46:25.988951+00'),
	(5, '', 'cosine', 'model_is_staged', 'critical', true, '1 tables', 'a table', '2026-11-26 23:46:25.988962+00'),
	(5, '', 'als', 'model_is_staged', 'critical', true, '2 tables', 'a table', '2026-11-26 23:46:25.988973+00'),
	(5, 'ad_candidates', '', 'ids_in_window', 'critical', true, 'none', 'Every user, item and reason is of the window', '2026-11-26 23:46:25.988984+00'),
	(5, 'ad_candidates', '', 'no_repeated_item', 'critical', true, 'none', 'A user is shown each item once', '2026-11-26 23:46:25.988995+00'),
	(5, 'ad_candidates', '', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own reason', '2026-11-26 23:46:25.989006+00'),
	(5, 'ad_candidates', '', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each user''s list are 1 to n without gaps', '2026-11-26 23:46:25.989017+00'),
	(5, 'ad_candidates', '', 'scores_are_finite', 'critical', true, 'none', 'Every score is a finite number', '2026-11-26 23:46:25.989029+00'),
	(5, 'ad_candidates', '', 'unique_key', 'critical', true, 'none', 'No two rows share a user and a rank', '2026-11-26 23:46:25.98904+00'),
	(5, 'ad_candidates', '', 'row_count', 'critical', true, '12', 'at least 1 rows', '2026-11-26 23:46:25.989059+00'),
	(5, 'ad_candidates', '', 'user_coverage', 'critical', true, '3 (100.0%)', 'at least 50.0% of the window''s 3 users', '2026-11-26 23:46:25.989072+00'),
	(5, 'ad_candidates', '', 'row_count_change', 'warning', true, '12', 'within 50% of the 12 rows of release 3', '2026-11-26 23:46:25.989083+00'),
	(5, 'best_sellers', '', 'buyers_fall_with_rank', 'critical', true, 'none', 'A worse rank never has more buyers', '2026-11-26 23:46:25.989094+00'),
	(5, 'best_sellers', '', 'ids_in_window', 'critical', true, 'none', 'Every item was bought in the window', '2026-11-26 23:46:25.989144+00'),
	(5, 'best_sellers', '', 'no_repeated_item', 'critical', true, 'none', 'A category ranks each item once', '2026-11-26 23:46:25.989157+00'),
	(5, 'best_sellers', '', 'numbers_in_range', 'critical', true, 'none', 'A best seller has a buyer, no more buyers than purchases, and a finite revenue', '2026-11-26 23:46:25.989168+00'),
	(5, 'best_sellers', '', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each category are 1 to n without gaps', '2026-11-26 23:46:25.989179+00'),
	(5, 'best_sellers', '', 'unique_key', 'critical', true, 'none', 'No two rows share a category and a rank', '2026-11-26 23:46:25.98919+00'),
	(5, 'best_sellers', '', 'row_count', 'critical', true, '6', 'at least 1 rows', '2026-11-26 23:46:25.989202+00'),
	(5, 'best_sellers', '', 'row_count_change', 'warning', true, '6', 'within 50% of the 6 rows of release 3', '2026-11-26 23:46:25.989213+00'),
	(5, 'item_similarities', 'als', 'co_buyers_in_range', 'critical', true, 'none', 'Of every two neighbours 0 users or more bought both, as the model states', '2026-11-26 23:46:25.989224+00'),
	(5, 'item_similarities', 'als', 'ids_in_window', 'critical', true, 'none', 'Every item and neighbour was bought in the window', '2026-11-26 23:46:25.989234+00'),
	(5, 'item_similarities', 'als', 'no_repeated_item', 'critical', true, 'none', 'An item has each neighbour once', '2026-11-26 23:46:25.9893+00'),
	(5, 'item_similarities', 'als', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own neighbour', '2026-11-26 23:46:25.989311+00'),
	(5, 'item_similarities', 'als', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each item''s list are 1 to n without gaps', '2026-11-26 23:46:25.989322+00'),
	(5, 'item_similarities', 'als', 'scores_fall_with_rank', 'critical', true, 'none', 'A worse rank never has a higher score', '2026-11-26 23:46:25.989334+00'),
	(5, 'item_similarities', 'als', 'scores_in_range', 'critical', true, 'none', 'Every score is a finite number in [-1, 1]', '2026-11-26 23:46:25.989345+00'),
	(5, 'item_similarities', 'als', 'unique_key', 'critical', true, 'none', 'No two rows share an item and a rank', '2026-11-26 23:46:25.989356+00'),
	(5, 'item_similarities', 'als', 'row_count', 'critical', true, '30', 'at least 1 rows', '2026-11-26 23:46:25.989375+00'),
	(5, 'item_similarities', 'als', 'item_coverage', 'critical', true, '6 (100.0%)', 'at least 20.0% of the window''s 6 items', '2026-11-26 23:46:25.989387+00'),
	(5, 'item_similarities', 'als', 'row_count_change', 'warning', true, '30', 'within 50% of the 30 rows of release 3', '2026-11-26 23:46:25.989398+00'),
	(5, 'item_similarities', 'cosine', 'co_buyers_in_range', 'critical', true, 'none', 'Of every two neighbours 1 users or more bought both, as the model states', '2026-11-26 23:46:25.989409+00'),
	(5, 'item_similarities', 'cosine', 'ids_in_window', 'critical', true, 'none', 'Every item and neighbour was bought in the window', '2026-11-26 23:46:25.98942+00'),
	(5, 'item_similarities', 'cosine', 'no_repeated_item', 'critical', true, 'none', 'An item has each neighbour once', '2026-11-26 23:46:25.989431+00'),
	(5, 'item_similarities', 'cosine', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own neighbour', '2026-11-26 23:46:25.989442+00'),
	(5, 'item_similarities', 'cosine', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each item''s list are 1 to n without gaps', '2026-11-26 23:46:25.989452+00'),
	(5, 'item_similarities', 'cosine', 'scores_fall_with_rank', 'critical', true, 'none', 'A worse rank never has a higher score', '2026-11-26 23:46:25.989463+00'),
	(5, 'item_similarities', 'cosine', 'scores_in_range', 'critical', true, 'none', 'Every score is a finite number in (0, 1]', '2026-11-26 23:46:25.989474+00'),
	(5, 'item_similarities', 'cosine', 'unique_key', 'critical', true, 'none', 'No two rows share an item and a rank', '2026-11-26 23:46:25.989484+00'),
	(5, 'item_similarities', 'cosine', 'row_count', 'critical', true, '30', 'at least 1 rows', '2026-11-26 23:46:25.989495+00'),
	(5, 'item_similarities', 'cosine', 'item_coverage', 'critical', true, '6 (100.0%)', 'at least 20.0% of the window''s 6 items', '2026-11-26 23:46:25.989506+00'),
	(5, 'item_similarities', 'cosine', 'row_count_change', 'warning', true, '30', 'within 50% of the 30 rows of release 3', '2026-11-26 23:46:25.989516+00'),
	(5, 'products', '', 'prices_in_range', 'critical', true, 'none', 'A price is null or a finite number that is not negative', '2026-11-26 23:46:25.989527+00'),
	(5, 'products', '', 'unique_key', 'critical', true, 'none', 'No two rows share an item', '2026-11-26 23:46:25.989538+00'),
	(5, 'products', '', 'row_count', 'warning', true, '6', 'at least 1 rows', '2026-11-26 23:46:25.989549+00'),
	(5, 'products', '', 'row_count_change', 'warning', true, '6', 'within 50% of the 6 rows of release 3', '2026-11-26 23:46:25.98956+00'),
	(5, 'recent_items', '', 'ids_in_window', 'critical', true, 'none', 'Every user and item of a purchase is of the window', '2026-11-26 23:46:25.989605+00'),
	(5, 'recent_items', '', 'newest_first', 'critical', true, 'none', 'A worse rank is never newer', '2026-11-26 23:46:25.989617+00'),
	(5, 'recent_items', '', 'no_repeated_item', 'critical', true, 'none', 'A user has each item once per event type', '2026-11-26 23:46:25.989628+00'),
	(5, 'recent_items', '', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each user''s list are 1 to n without gaps', '2026-11-26 23:46:25.989647+00'),
	(5, 'recent_items', '', 'unique_key', 'critical', true, 'none', 'No two rows share a user, an event type and a rank', '2026-11-26 23:46:25.989658+00'),
	(5, 'recent_items', '', 'row_count', 'critical', true, '9', 'at least 1 rows', '2026-11-26 23:46:25.989669+00'),
	(5, 'recent_items', '', 'user_coverage', 'critical', true, '3 (100.0%)', 'at least 50.0% of the window''s 3 users', '2026-11-26 23:46:25.989679+00'),
	(5, 'recent_items', '', 'row_count_change', 'warning', true, '9', 'within 50% of the 9 rows of release 3', '2026-11-26 23:46:25.98969+00'),
	(5, 'user_recommendations', 'als', 'ids_in_window', 'critical', true, 'none', 'Every user, item and reason is of the window', '2026-11-26 23:46:25.989701+00'),
	(5, 'user_recommendations', 'als', 'no_repeated_item', 'critical', true, 'none', 'A user is recommended each item once', '2026-11-26 23:46:25.989711+00'),
	(5, 'user_recommendations', 'als', 'no_self_recommendation', 'critical', true, 'none', 'No item is its own reason', '2026-11-26 23:46:25.989722+00'),
	(5, 'user_recommendations', 'als', 'ranks_without_gaps', 'critical', true, 'none', 'The ranks of each user''s list are 1 to n without gaps', '2026-11-26 23:46:25.989733+00'),
	(5, 'user_recommendations', 'als', 'scores_fall_with_rank', 'critical', true, 'none', 'A worse rank never has a higher score', '2026-11-26 23:46:25.989743+00'),
	(5, 'user_recommendations', 'als', 'scores_in_range', 'critical', true, 'none', 'Every score is a finite number in (-∞, ∞)', '2026-11-26 23:46:25.989754+00'),
	(5, 'user_recommendations', 'als', 'unique_key', 'critical', true, 'none', 'No two rows share a user and a rank', '2026-11-26 23:46:25.989811+00'),
	(5, 'user_recommendations', 'als', 'row_count', 'critical', true, '9', 'at least 1 rows', '2026-11-26 23:46:25.989823+00'),
	(5, 'user_recommendations', 'als', 'user_coverage', 'critical', true, '3 (100.0%)', 'at least 50.0% of the window''s 3 users', '2026-11-26 23:46:25.989834+00'),
	(5, 'user_recommendations', 'als', 'row_count_change', 'warning', true, '9', 'within 50% of the 9 rows of release 3', '2026-11-26 23:46:25.989844+00');
INSERT INTO mall.releases OVERRIDING SYSTEM VALUE VALUES
	(2, 'test', 'abc', 'published', false, NULL, '{"k": 5}', 10, 3, 6, '{"window": {"seconds": 1.5}}', NULL, '{"days": {}, "is_young": false, "open_days": 30, "known_items": 6, "absent_items": "unavailable", "catalogue_items": 6, "days_with_lines": 30, "loosely_known_items": 0}', 1, 30, false, 'unavailable', '2024-01-01', '2023-12-31', '2024-01-01', '2026-11-26 23:46:18.299876+00', '2026-11-26 23:46:21.052034+00', NULL, '2026-11-26 23:46:21.052034+00', '2026-11-26 23:46:23.768119+00'),
	(3, 'test', 'abc', 'published', true, NULL, '{"k": 5}', 10, 3, 6, '{"window": {"seconds": 1.5}}', NULL, '{"days": {}, "is_young": false, "open_days": 30, "known_items": 6, "absent_items": "unavailable", "catalogue_items": 6, "days_with_lines": 30, "loosely_known_items": 0}', 1, 30, false, 'unavailable', '2024-01-02', '2024-01-01', '2024-01-02', '2026-11-26 23:46:21.297127+00', '2026-11-26 23:46:23.768119+00', NULL, '2026-11-26 23:46:23.768119+00', NULL),
	(4, 'test', 'abc', 'rejected', false, 'A gate failed.', '{"k": 5}', 10, 3, 6, '{"window": {"seconds": 1.5}}', NULL, '{"days": {}, "is_young": false, "open_days": 30, "known_items": 6, "absent_items": "unavailable", "catalogue_items": 6, "days_with_lines": 30, "loosely_known_items": 0}', 1, 30, false, 'unavailable', '2024-01-03', '2024-01-02', '2024-01-03', '2026-11-26 23:46:23.947956+00', NULL, NULL, NULL, NULL),
	(1, 'test', 'abc', 'superseded', false, NULL, '{"k": 5}', 10, 3, 6, '{"window": {"seconds": 1.5}}', NULL, '{"days": {}, "is_young": false, "open_days": 30, "known_items": 6, "absent_items": "unavailable", "catalogue_items": 6, "days_with_lines": 30, "loosely_known_items": 0}', 1, 30, false, 'unavailable', '2024-01-01', '2023-12-31', '2024-01-01', '2026-11-26 23:45:56.804878+00', '2026-11-24 23:46:18.152202+00', '2026-11-25 23:46:21.052034+00', '2026-11-24 23:46:18.152202+00', '2026-11-25 23:46:21.052034+00'),
	(5, 'test', 'abc', 'staged', false, NULL, '{"k": 5}', 10, 3, 6, '{"window": {"seconds": 1.5}}', NULL, '{"days": {}, "is_young": false, "open_days": 30, "known_items": 6, "absent_items": "unavailable", "catalogue_items": 6, "days_with_lines": 30, "loosely_known_items": 0}', 1, 30, false, 'unavailable', '2024-01-04', '2024-01-03', '2024-01-04', '2026-11-26 23:46:24.18664+00', NULL, NULL, NULL, NULL);
INSERT INTO mall_store.ad_candidates_1 VALUES
	('A', 'P1', 'cosine', 'P6', 1, 0.5, 1, '2024-01-01'),
	('A', 'P2', 'cosine', 'P6', 2, 0.5, 1, '2024-01-01'),
	('A', 'P3', 'cosine', 'P6', 3, 0.5, 1, '2024-01-01'),
	('A', 'P4', 'cosine', 'P6', 4, 0.5, 1, '2024-01-01'),
	('B', 'P1', 'cosine', 'P6', 1, 0.5, 1, '2024-01-01'),
	('B', 'P2', 'cosine', 'P6', 2, 0.5, 1, '2024-01-01'),
	('B', 'P3', 'cosine', 'P6', 3, 0.5, 1, '2024-01-01'),
	('B', 'P4', 'cosine', 'P6', 4, 0.5, 1, '2024-01-01'),
	('C', 'P1', 'cosine', 'P6', 1, 0.5, 1, '2024-01-01'),
	('C', 'P2', 'cosine', 'P6', 2, 0.5, 1, '2024-01-01'),
	('C', 'P3', 'cosine', 'P6', 3, 0.5, 1, '2024-01-01'),
	('C', 'P4', 'cosine', 'P6', 4, 0.5, 1, '2024-01-01');
INSERT INTO mall_store.ad_candidates_2 VALUES
	('A', 'P1', 'cosine', 'P6', 1, 0.5, 2, '2024-01-01'),
	('A', 'P2', 'cosine', 'P6', 2, 0.5, 2, '2024-01-01'),
	('A', 'P3', 'cosine', 'P6', 3, 0.5, 2, '2024-01-01'),
	('A', 'P4', 'cosine', 'P6', 4, 0.5, 2, '2024-01-01'),
	('B', 'P1', 'cosine', 'P6', 1, 0.5, 2, '2024-01-01'),
	('B', 'P2', 'cosine', 'P6', 2, 0.5, 2, '2024-01-01'),
	('B', 'P3', 'cosine', 'P6', 3, 0.5, 2, '2024-01-01'),
	('B', 'P4', 'cosine', 'P6', 4, 0.5, 2, '2024-01-01'),
	('C', 'P1', 'cosine', 'P6', 1, 0.5, 2, '2024-01-01'),
	('C', 'P2', 'cosine', 'P6', 2, 0.5, 2, '2024-01-01'),
	('C', 'P3', 'cosine', 'P6', 3, 0.5, 2, '2024-01-01'),
	('C', 'P4', 'cosine', 'P6', 4, 0.5, 2, '2024-01-01');
INSERT INTO mall_store.ad_candidates_3 VALUES
	('A', 'P1', 'cosine', 'P6', 1, 0.5, 3, '2024-01-02'),
	('A', 'P2', 'cosine', 'P6', 2, 0.5, 3, '2024-01-02'),
	('A', 'P3', 'cosine', 'P6', 3, 0.5, 3, '2024-01-02'),
	('A', 'P4', 'cosine', 'P6', 4, 0.5, 3, '2024-01-02'),
	('B', 'P1', 'cosine', 'P6', 1, 0.5, 3, '2024-01-02'),
	('B', 'P2', 'cosine', 'P6', 2, 0.5, 3, '2024-01-02'),
	('B', 'P3', 'cosine', 'P6', 3, 0.5, 3, '2024-01-02'),
	('B', 'P4', 'cosine', 'P6', 4, 0.5, 3, '2024-01-02'),
	('C', 'P1', 'cosine', 'P6', 1, 0.5, 3, '2024-01-02'),
	('C', 'P2', 'cosine', 'P6', 2, 0.5, 3, '2024-01-02'),
	('C', 'P3', 'cosine', 'P6', 3, 0.5, 3, '2024-01-02'),
	('C', 'P4', 'cosine', 'P6', 4, 0.5, 3, '2024-01-02');
INSERT INTO mall_store.ad_candidates_4 VALUES
	('A', 'P1', 'cosine', 'P6', 1, 0.5, 4, '2024-01-03'),
	('A', 'P2', 'cosine', 'P6', 2, 0.5, 4, '2024-01-03'),
	('A', 'P3', 'cosine', 'P6', 3, 0.5, 4, '2024-01-03'),
	('A', 'P4', 'cosine', 'P6', 4, 0.5, 4, '2024-01-03'),
	('B', 'P1', 'cosine', 'P6', 1, 0.5, 4, '2024-01-03'),
	('B', 'P2', 'cosine', 'P6', 2, 0.5, 4, '2024-01-03'),
	('B', 'P3', 'cosine', 'P6', 3, 0.5, 4, '2024-01-03'),
	('B', 'P4', 'cosine', 'P6', 4, 0.5, 4, '2024-01-03'),
	('C', 'P1', 'cosine', 'P6', 1, 0.5, 4, '2024-01-03'),
	('C', 'P2', 'cosine', 'P6', 2, 0.5, 4, '2024-01-03'),
	('C', 'P3', 'cosine', 'P6', 3, 0.5, 4, '2024-01-03'),
	('C', 'P4', 'cosine', 'P6', 4, 0.5, 4, '2024-01-03');
INSERT INTO mall_store.ad_candidates_5 VALUES
	('A', 'P1', 'cosine', 'P6', 1, 0.5, 5, '2024-01-04'),
	('A', 'P2', 'cosine', 'P6', 2, 0.5, 5, '2024-01-04'),
	('A', 'P3', 'cosine', 'P6', 3, 0.5, 5, '2024-01-04'),
	('A', 'P4', 'cosine', 'P6', 4, 0.5, 5, '2024-01-04'),
	('B', 'P1', 'cosine', 'P6', 1, 0.5, 5, '2024-01-04'),
	('B', 'P2', 'cosine', 'P6', 2, 0.5, 5, '2024-01-04'),
	('B', 'P3', 'cosine', 'P6', 3, 0.5, 5, '2024-01-04'),
	('B', 'P4', 'cosine', 'P6', 4, 0.5, 5, '2024-01-04'),
	('C', 'P1', 'cosine', 'P6', 1, 0.5, 5, '2024-01-04'),
	('C', 'P2', 'cosine', 'P6', 2, 0.5, 5, '2024-01-04'),
	('C', 'P3', 'cosine', 'P6', 3, 0.5, 5, '2024-01-04'),
	('C', 'P4', 'cosine', 'P6', 4, 0.5, 5, '2024-01-04');
INSERT INTO mall_store.ad_candidates_lists_5 VALUES
	('A', 4, 4, 1, 4, NULL, NULL),
	('B', 4, 4, 1, 4, NULL, NULL),
	('C', 4, 4, 1, 4, NULL, NULL);
INSERT INTO mall_store.best_sellers_1 VALUES
	('', 'P1', 1, 1, 4, 9.5, 1, '2024-01-01'),
	('', 'P2', 2, 1, 4, 9.5, 1, '2024-01-01'),
	('', 'P3', 3, 1, 4, 9.5, 1, '2024-01-01'),
	('dairy', 'P1', 1, 1, 4, 9.5, 1, '2024-01-01'),
	('dairy', 'P2', 2, 1, 4, 9.5, 1, '2024-01-01'),
	('dairy', 'P3', 3, 1, 4, 9.5, 1, '2024-01-01');
INSERT INTO mall_store.best_sellers_2 VALUES
	('', 'P1', 1, 2, 4, 9.5, 2, '2024-01-01'),
	('', 'P2', 2, 2, 4, 9.5, 2, '2024-01-01'),
	('', 'P3', 3, 2, 4, 9.5, 2, '2024-01-01'),
	('dairy', 'P1', 1, 2, 4, 9.5, 2, '2024-01-01'),
	('dairy', 'P2', 2, 2, 4, 9.5, 2, '2024-01-01'),
	('dairy', 'P3', 3, 2, 4, 9.5, 2, '2024-01-01');
INSERT INTO mall_store.best_sellers_3 VALUES
	('', 'P1', 1, 3, 4, 9.5, 3, '2024-01-02'),
	('', 'P2', 2, 3, 4, 9.5, 3, '2024-01-02'),
	('', 'P3', 3, 3, 4, 9.5, 3, '2024-01-02'),
	('dairy', 'P1', 1, 3, 4, 9.5, 3, '2024-01-02'),
	('dairy', 'P2', 2, 3, 4, 9.5, 3, '2024-01-02'),
	('dairy', 'P3', 3, 3, 4, 9.5, 3, '2024-01-02');
INSERT INTO mall_store.best_sellers_4 VALUES
	('', 'P1', 1, 4, 4, 9.5, 4, '2024-01-03'),
	('', 'P2', 2, 4, 4, 9.5, 4, '2024-01-03'),
	('', 'P3', 3, 4, 4, 9.5, 4, '2024-01-03'),
	('dairy', 'P1', 1, 4, 4, 9.5, 4, '2024-01-03'),
	('dairy', 'P2', 2, 4, 4, 9.5, 4, '2024-01-03'),
	('dairy', 'P3', 3, 4, 4, 9.5, 4, '2024-01-03');
INSERT INTO mall_store.best_sellers_5 VALUES
	('', 'P1', 1, 4, 4, 9.5, 5, '2024-01-04'),
	('', 'P2', 2, 4, 4, 9.5, 5, '2024-01-04'),
	('', 'P3', 3, 4, 4, 9.5, 5, '2024-01-04'),
	('dairy', 'P1', 1, 4, 4, 9.5, 5, '2024-01-04'),
	('dairy', 'P2', 2, 4, 4, 9.5, 5, '2024-01-04'),
	('dairy', 'P3', 3, 4, 4, 9.5, 5, '2024-01-04');
INSERT INTO mall_store.item_similarities_1_als VALUES
	('P1', 'P2', 1, 1, 1, 1, 'als', '2024-01-01'),
	('P1', 'P3', 2, 0.5, 1, 1, 'als', '2024-01-01'),
	('P1', 'P4', 3, 0.33333334, 1, 1, 'als', '2024-01-01'),
	('P1', 'P5', 4, 0.25, 1, 1, 'als', '2024-01-01'),
	('P1', 'P6', 5, 0.2, 1, 1, 'als', '2024-01-01'),
	('P2', 'P1', 1, 1, 1, 1, 'als', '2024-01-01'),
	('P2', 'P3', 2, 0.5, 1, 1, 'als', '2024-01-01'),
	('P2', 'P4', 3, 0.33333334, 1, 1, 'als', '2024-01-01'),
	('P2', 'P5', 4, 0.25, 1, 1, 'als', '2024-01-01'),
	('P2', 'P6', 5, 0.2, 1, 1, 'als', '2024-01-01'),
	('P3', 'P1', 1, 1, 1, 1, 'als', '2024-01-01'),
	('P3', 'P2', 2, 0.5, 1, 1, 'als', '2024-01-01'),
	('P3', 'P4', 3, 0.33333334, 1, 1, 'als', '2024-01-01'),
	('P3', 'P5', 4, 0.25, 1, 1, 'als', '2024-01-01'),
	('P3', 'P6', 5, 0.2, 1, 1, 'als', '2024-01-01'),
	('P4', 'P1', 1, 1, 1, 1, 'als', '2024-01-01'),
	('P4', 'P2', 2, 0.5, 1, 1, 'als', '2024-01-01'),
	('P4', 'P3', 3, 0.33333334, 1, 1, 'als', '2024-01-01'),
	('P4', 'P5', 4, 0.25, 1, 1, 'als', '2024-01-01'),
	('P4', 'P6', 5, 0.2, 1, 1, 'als', '2024-01-01'),
	('P5', 'P1', 1, 1, 1, 1, 'als', '2024-01-01'),
	('P5', 'P2', 2, 0.5, 1, 1, 'als', '2024-01-01'),
	('P5', 'P3', 3, 0.33333334, 1, 1, 'als', '2024-01-01'),
	('P5', 'P4', 4, 0.25, 1, 1, 'als', '2024-01-01'),
	('P5', 'P6', 5, 0.2, 1, 1, 'als', '2024-01-01'),
	('P6', 'P1', 1, 1, 1, 1, 'als', '2024-01-01'),
	('P6', 'P2', 2, 0.5, 1, 1, 'als', '2024-01-01'),
	('P6', 'P3', 3, 0.33333334, 1, 1, 'als', '2024-01-01'),
	('P6', 'P4', 4, 0.25, 1, 1, 'als', '2024-01-01'),
	('P6', 'P5', 5, 0.2, 1, 1, 'als', '2024-01-01');
INSERT INTO mall_store.item_similarities_1_cosine VALUES
	('P1', 'P2', 1, 1, 1, 1, 'cosine', '2024-01-01'),
	('P1', 'P3', 2, 0.5, 1, 1, 'cosine', '2024-01-01'),
	('P1', 'P4', 3, 0.33333334, 1, 1, 'cosine', '2024-01-01'),
	('P1', 'P5', 4, 0.25, 1, 1, 'cosine', '2024-01-01'),
	('P1', 'P6', 5, 0.2, 1, 1, 'cosine', '2024-01-01'),
	('P2', 'P1', 1, 1, 1, 1, 'cosine', '2024-01-01'),
	('P2', 'P3', 2, 0.5, 1, 1, 'cosine', '2024-01-01'),
	('P2', 'P4', 3, 0.33333334, 1, 1, 'cosine', '2024-01-01'),
	('P2', 'P5', 4, 0.25, 1, 1, 'cosine', '2024-01-01'),
	('P2', 'P6', 5, 0.2, 1, 1, 'cosine', '2024-01-01'),
	('P3', 'P1', 1, 1, 1, 1, 'cosine', '2024-01-01'),
	('P3', 'P2', 2, 0.5, 1, 1, 'cosine', '2024-01-01'),
	('P3', 'P4', 3, 0.33333334, 1, 1, 'cosine', '2024-01-01'),
	('P3', 'P5', 4, 0.25, 1, 1, 'cosine', '2024-01-01'),
	('P3', 'P6', 5, 0.2, 1, 1, 'cosine', '2024-01-01'),
	('P4', 'P1', 1, 1, 1, 1, 'cosine', '2024-01-01'),
	('P4', 'P2', 2, 0.5, 1, 1, 'cosine', '2024-01-01'),
	('P4', 'P3', 3, 0.33333334, 1, 1, 'cosine', '2024-01-01'),
	('P4', 'P5', 4, 0.25, 1, 1, 'cosine', '2024-01-01'),
	('P4', 'P6', 5, 0.2, 1, 1, 'cosine', '2024-01-01'),
	('P5', 'P1', 1, 1, 1, 1, 'cosine', '2024-01-01'),
	('P5', 'P2', 2, 0.5, 1, 1, 'cosine', '2024-01-01'),
	('P5', 'P3', 3, 0.33333334, 1, 1, 'cosine', '2024-01-01'),
	('P5', 'P4', 4, 0.25, 1, 1, 'cosine', '2024-01-01'),
	('P5', 'P6', 5, 0.2, 1, 1, 'cosine', '2024-01-01'),
	('P6', 'P1', 1, 1, 1, 1, 'cosine', '2024-01-01'),
	('P6', 'P2', 2, 0.5, 1, 1, 'cosine', '2024-01-01'),
	('P6', 'P3', 3, 0.33333334, 1, 1, 'cosine', '2024-01-01'),
	('P6', 'P4', 4, 0.25, 1, 1, 'cosine', '2024-01-01'),
	('P6', 'P5', 5, 0.2, 1, 1, 'cosine', '2024-01-01');
INSERT INTO mall_store.item_similarities_2_als VALUES
	('P1', 'P2', 1, 1, 2, 2, 'als', '2024-01-01'),
	('P1', 'P3', 2, 0.5, 2, 2, 'als', '2024-01-01'),
	('P1', 'P4', 3, 0.33333334, 2, 2, 'als', '2024-01-01'),
	('P1', 'P5', 4, 0.25, 2, 2, 'als', '2024-01-01'),
	('P1', 'P6', 5, 0.2, 2, 2, 'als', '2024-01-01'),
	('P2', 'P1', 1, 1, 2, 2, 'als', '2024-01-01'),
	('P2', 'P3', 2, 0.5, 2, 2, 'als', '2024-01-01'),
	('P2', 'P4', 3, 0.33333334, 2, 2, 'als', '2024-01-01'),
	('P2', 'P5', 4, 0.25, 2, 2, 'als', '2024-01-01'),
	('P2', 'P6', 5, 0.2, 2, 2, 'als', '2024-01-01'),
	('P3', 'P1', 1, 1, 2, 2, 'als', '2024-01-01'),
	('P3', 'P2', 2, 0.5, 2, 2, 'als', '2024-01-01'),
	('P3', 'P4', 3, 0.33333334, 2, 2, 'als', '2024-01-01'),
	('P3', 'P5', 4, 0.25, 2, 2, 'als', '2024-01-01'),
	('P3', 'P6', 5, 0.2, 2, 2, 'als', '2024-01-01'),
	('P4', 'P1', 1, 1, 2, 2, 'als', '2024-01-01'),
	('P4', 'P2', 2, 0.5, 2, 2, 'als', '2024-01-01'),
	('P4', 'P3', 3, 0.33333334, 2, 2, 'als', '2024-01-01'),
	('P4', 'P5', 4, 0.25, 2, 2, 'als', '2024-01-01'),
	('P4', 'P6', 5, 0.2, 2, 2, 'als', '2024-01-01'),
	('P5', 'P1', 1, 1, 2, 2, 'als', '2024-01-01'),
	('P5', 'P2', 2, 0.5, 2, 2, 'als', '2024-01-01'),
	('P5', 'P3', 3, 0.33333334, 2, 2, 'als', '2024-01-01'),
	('P5', 'P4', 4, 0.25, 2, 2, 'als', '2024-01-01'),
	('P5', 'P6', 5, 0.2, 2, 2, 'als', '2024-01-01'),
	('P6', 'P1', 1, 1, 2, 2, 'als', '2024-01-01'),
	('P6', 'P2', 2, 0.5, 2, 2, 'als', '2024-01-01'),
	('P6', 'P3', 3, 0.33333334, 2, 2, 'als', '2024-01-01'),
	('P6', 'P4', 4, 0.25, 2, 2, 'als', '2024-01-01'),
	('P6', 'P5', 5, 0.2, 2, 2, 'als', '2024-01-01');
INSERT INTO mall_store.item_similarities_2_cosine VALUES
	('P1', 'P2', 1, 1, 2, 2, 'cosine', '2024-01-01'),
	('P1', 'P3', 2, 0.5, 2, 2, 'cosine', '2024-01-01'),
	('P1', 'P4', 3, 0.33333334, 2, 2, 'cosine', '2024-01-01'),
	('P1', 'P5', 4, 0.25, 2, 2, 'cosine', '2024-01-01'),
	('P1', 'P6', 5, 0.2, 2, 2, 'cosine', '2024-01-01'),
	('P2', 'P1', 1, 1, 2, 2, 'cosine', '2024-01-01'),
	('P2', 'P3', 2, 0.5, 2, 2, 'cosine', '2024-01-01'),
	('P2', 'P4', 3, 0.33333334, 2, 2, 'cosine', '2024-01-01'),
	('P2', 'P5', 4, 0.25, 2, 2, 'cosine', '2024-01-01'),
	('P2', 'P6', 5, 0.2, 2, 2, 'cosine', '2024-01-01'),
	('P3', 'P1', 1, 1, 2, 2, 'cosine', '2024-01-01'),
	('P3', 'P2', 2, 0.5, 2, 2, 'cosine', '2024-01-01'),
	('P3', 'P4', 3, 0.33333334, 2, 2, 'cosine', '2024-01-01'),
	('P3', 'P5', 4, 0.25, 2, 2, 'cosine', '2024-01-01'),
	('P3', 'P6', 5, 0.2, 2, 2, 'cosine', '2024-01-01'),
	('P4', 'P1', 1, 1, 2, 2, 'cosine', '2024-01-01'),
	('P4', 'P2', 2, 0.5, 2, 2, 'cosine', '2024-01-01'),
	('P4', 'P3', 3, 0.33333334, 2, 2, 'cosine', '2024-01-01'),
	('P4', 'P5', 4, 0.25, 2, 2, 'cosine', '2024-01-01'),
	('P4', 'P6', 5, 0.2, 2, 2, 'cosine', '2024-01-01'),
	('P5', 'P1', 1, 1, 2, 2, 'cosine', '2024-01-01'),
	('P5', 'P2', 2, 0.5, 2, 2, 'cosine', '2024-01-01'),
	('P5', 'P3', 3, 0.33333334, 2, 2, 'cosine', '2024-01-01'),
	('P5', 'P4', 4, 0.25, 2, 2, 'cosine', '2024-01-01'),
	('P5', 'P6', 5, 0.2, 2, 2, 'cosine', '2024-01-01'),
	('P6', 'P1', 1, 1, 2, 2, 'cosine', '2024-01-01'),
	('P6', 'P2', 2, 0.5, 2, 2, 'cosine', '2024-01-01'),
	('P6', 'P3', 3, 0.33333334, 2, 2, 'cosine', '2024-01-01'),
	('P6', 'P4', 4, 0.25, 2, 2, 'cosine', '2024-01-01'),
	('P6', 'P5', 5, 0.2, 2, 2, 'cosine', '2024-01-01');
INSERT INTO mall_store.item_similarities_3_als VALUES
	('P1', 'P2', 1, 1, 3, 3, 'als', '2024-01-02'),
	('P1', 'P3', 2, 0.5, 3, 3, 'als', '2024-01-02'),
	('P1', 'P4', 3, 0.33333334, 3, 3, 'als', '2024-01-02'),
	('P1', 'P5', 4, 0.25, 3, 3, 'als', '2024-01-02'),
	('P1', 'P6', 5, 0.2, 3, 3, 'als', '2024-01-02'),
	('P2', 'P1', 1, 1, 3, 3, 'als', '2024-01-02'),
	('P2', 'P3', 2, 0.5, 3, 3, 'als', '2024-01-02'),
	('P2', 'P4', 3, 0.33333334, 3, 3, 'als', '2024-01-02'),
	('P2', 'P5', 4, 0.25, 3, 3, 'als', '2024-01-02'),
	('P2', 'P6', 5, 0.2, 3, 3, 'als', '2024-01-02'),
	('P3', 'P1', 1, 1, 3, 3, 'als', '2024-01-02'),
	('P3', 'P2', 2, 0.5, 3, 3, 'als', '2024-01-02'),
	('P3', 'P4', 3, 0.33333334, 3, 3, 'als', '2024-01-02'),
	('P3', 'P5', 4, 0.25, 3, 3, 'als', '2024-01-02'),
	('P3', 'P6', 5, 0.2, 3, 3, 'als', '2024-01-02'),
	('P4', 'P1', 1, 1, 3, 3, 'als', '2024-01-02'),
	('P4', 'P2', 2, 0.5, 3, 3, 'als', '2024-01-02'),
	('P4', 'P3', 3, 0.33333334, 3, 3, 'als', '2024-01-02'),
	('P4', 'P5', 4, 0.25, 3, 3, 'als', '2024-01-02'),
	('P4', 'P6', 5, 0.2, 3, 3, 'als', '2024-01-02'),
	('P5', 'P1', 1, 1, 3, 3, 'als', '2024-01-02'),
	('P5', 'P2', 2, 0.5, 3, 3, 'als', '2024-01-02'),
	('P5', 'P3', 3, 0.33333334, 3, 3, 'als', '2024-01-02'),
	('P5', 'P4', 4, 0.25, 3, 3, 'als', '2024-01-02'),
	('P5', 'P6', 5, 0.2, 3, 3, 'als', '2024-01-02'),
	('P6', 'P1', 1, 1, 3, 3, 'als', '2024-01-02'),
	('P6', 'P2', 2, 0.5, 3, 3, 'als', '2024-01-02'),
	('P6', 'P3', 3, 0.33333334, 3, 3, 'als', '2024-01-02'),
	('P6', 'P4', 4, 0.25, 3, 3, 'als', '2024-01-02'),
	('P6', 'P5', 5, 0.2, 3, 3, 'als', '2024-01-02');
INSERT INTO mall_store.item_similarities_3_cosine VALUES
	('P1', 'P2', 1, 1, 3, 3, 'cosine', '2024-01-02'),
	('P1', 'P3', 2, 0.5, 3, 3, 'cosine', '2024-01-02'),
	('P1', 'P4', 3, 0.33333334, 3, 3, 'cosine', '2024-01-02'),
	('P1', 'P5', 4, 0.25, 3, 3, 'cosine', '2024-01-02'),
	('P1', 'P6', 5, 0.2, 3, 3, 'cosine', '2024-01-02'),
	('P2', 'P1', 1, 1, 3, 3, 'cosine', '2024-01-02'),
	('P2', 'P3', 2, 0.5, 3, 3, 'cosine', '2024-01-02'),
	('P2', 'P4', 3, 0.33333334, 3, 3, 'cosine', '2024-01-02'),
	('P2', 'P5', 4, 0.25, 3, 3, 'cosine', '2024-01-02'),
	('P2', 'P6', 5, 0.2, 3, 3, 'cosine', '2024-01-02'),
	('P3', 'P1', 1, 1, 3, 3, 'cosine', '2024-01-02'),
	('P3', 'P2', 2, 0.5, 3, 3, 'cosine', '2024-01-02'),
	('P3', 'P4', 3, 0.33333334, 3, 3, 'cosine', '2024-01-02'),
	('P3', 'P5', 4, 0.25, 3, 3, 'cosine', '2024-01-02'),
	('P3', 'P6', 5, 0.2, 3, 3, 'cosine', '2024-01-02'),
	('P4', 'P1', 1, 1, 3, 3, 'cosine', '2024-01-02'),
	('P4', 'P2', 2, 0.5, 3, 3, 'cosine', '2024-01-02'),
	('P4', 'P3', 3, 0.33333334, 3, 3, 'cosine', '2024-01-02'),
	('P4', 'P5', 4, 0.25, 3, 3, 'cosine', '2024-01-02'),
	('P4', 'P6', 5, 0.2, 3, 3, 'cosine', '2024-01-02'),
	('P5', 'P1', 1, 1, 3, 3, 'cosine', '2024-01-02'),
	('P5', 'P2', 2, 0.5, 3, 3, 'cosine', '2024-01-02'),
	('P5', 'P3', 3, 0.33333334, 3, 3, 'cosine', '2024-01-02'),
	('P5', 'P4', 4, 0.25, 3, 3, 'cosine', '2024-01-02'),
	('P5', 'P6', 5, 0.2, 3, 3, 'cosine', '2024-01-02'),
	('P6', 'P1', 1, 1, 3, 3, 'cosine', '2024-01-02'),
	('P6', 'P2', 2, 0.5, 3, 3, 'cosine', '2024-01-02'),
	('P6', 'P3', 3, 0.33333334, 3, 3, 'cosine', '2024-01-02'),
	('P6', 'P4', 4, 0.25, 3, 3, 'cosine', '2024-01-02'),
	('P6', 'P5', 5, 0.2, 3, 3, 'cosine', '2024-01-02');
INSERT INTO mall_store.item_similarities_4_als VALUES
	('P1', 'P2', 1, 1, 4, 4, 'als', '2024-01-03'),
	('P1', 'P3', 2, 0.5, 4, 4, 'als', '2024-01-03'),
	('P1', 'P4', 3, 0.33333334, 4, 4, 'als', '2024-01-03'),
	('P1', 'P5', 4, 0.25, 4, 4, 'als', '2024-01-03'),
	('P1', 'P6', 5, 0.2, 4, 4, 'als', '2024-01-03'),
	('P2', 'P1', 1, 1, 4, 4, 'als', '2024-01-03'),
	('P2', 'P3', 2, 0.5, 4, 4, 'als', '2024-01-03'),
	('P2', 'P4', 3, 0.33333334, 4, 4, 'als', '2024-01-03'),
	('P2', 'P5', 4, 0.25, 4, 4, 'als', '2024-01-03'),
	('P2', 'P6', 5, 0.2, 4, 4, 'als', '2024-01-03'),
	('P3', 'P1', 1, 1, 4, 4, 'als', '2024-01-03'),
	('P3', 'P2', 2, 0.5, 4, 4, 'als', '2024-01-03'),
	('P3', 'P4', 3, 0.33333334, 4, 4, 'als', '2024-01-03'),
	('P3', 'P5', 4, 0.25, 4, 4, 'als', '2024-01-03'),
	('P3', 'P6', 5, 0.2, 4, 4, 'als', '2024-01-03'),
	('P4', 'P1', 1, 1, 4, 4, 'als', '2024-01-03'),
	('P4', 'P2', 2, 0.5, 4, 4, 'als', '2024-01-03'),
	('P4', 'P3', 3, 0.33333334, 4, 4, 'als', '2024-01-03'),
	('P4', 'P5', 4, 0.25, 4, 4, 'als', '2024-01-03'),
	('P4', 'P6', 5, 0.2, 4, 4, 'als', '2024-01-03'),
	('P5', 'P1', 1, 1, 4, 4, 'als', '2024-01-03'),
	('P5', 'P2', 2, 0.5, 4, 4, 'als', '2024-01-03'),
	('P5', 'P3', 3, 0.33333334, 4, 4, 'als', '2024-01-03'),
	('P5', 'P4', 4, 0.25, 4, 4, 'als', '2024-01-03'),
	('P5', 'P6', 5, 0.2, 4, 4, 'als', '2024-01-03'),
	('P6', 'P1', 1, 1, 4, 4, 'als', '2024-01-03'),
	('P6', 'P2', 2, 0.5, 4, 4, 'als', '2024-01-03'),
	('P6', 'P3', 3, 0.33333334, 4, 4, 'als', '2024-01-03'),
	('P6', 'P4', 4, 0.25, 4, 4, 'als', '2024-01-03'),
	('P6', 'P5', 5, 0.2, 4, 4, 'als', '2024-01-03');
INSERT INTO mall_store.item_similarities_4_cosine VALUES
	('P1', 'P2', 1, 1, 4, 4, 'cosine', '2024-01-03'),
	('P1', 'P3', 2, 0.5, 4, 4, 'cosine', '2024-01-03'),
	('P1', 'P4', 3, 0.33333334, 4, 4, 'cosine', '2024-01-03'),
	('P1', 'P5', 4, 0.25, 4, 4, 'cosine', '2024-01-03'),
	('P1', 'P6', 5, 0.2, 4, 4, 'cosine', '2024-01-03'),
	('P2', 'P1', 1, 1, 4, 4, 'cosine', '2024-01-03'),
	('P2', 'P3', 2, 0.5, 4, 4, 'cosine', '2024-01-03'),
	('P2', 'P4', 3, 0.33333334, 4, 4, 'cosine', '2024-01-03'),
	('P2', 'P5', 4, 0.25, 4, 4, 'cosine', '2024-01-03'),
	('P2', 'P6', 5, 0.2, 4, 4, 'cosine', '2024-01-03'),
	('P3', 'P1', 1, 1, 4, 4, 'cosine', '2024-01-03'),
	('P3', 'P2', 2, 0.5, 4, 4, 'cosine', '2024-01-03'),
	('P3', 'P4', 3, 0.33333334, 4, 4, 'cosine', '2024-01-03'),
	('P3', 'P5', 4, 0.25, 4, 4, 'cosine', '2024-01-03'),
	('P3', 'P6', 5, 0.2, 4, 4, 'cosine', '2024-01-03'),
	('P4', 'P1', 1, 1, 4, 4, 'cosine', '2024-01-03'),
	('P4', 'P2', 2, 0.5, 4, 4, 'cosine', '2024-01-03'),
	('P4', 'P3', 3, 0.33333334, 4, 4, 'cosine', '2024-01-03'),
	('P4', 'P5', 4, 0.25, 4, 4, 'cosine', '2024-01-03'),
	('P4', 'P6', 5, 0.2, 4, 4, 'cosine', '2024-01-03'),
	('P5', 'P1', 1, 1, 4, 4, 'cosine', '2024-01-03'),
	('P5', 'P2', 2, 0.5, 4, 4, 'cosine', '2024-01-03'),
	('P5', 'P3', 3, 0.33333334, 4, 4, 'cosine', '2024-01-03'),
	('P5', 'P4', 4, 0.25, 4, 4, 'cosine', '2024-01-03'),
	('P5', 'P6', 5, 0.2, 4, 4, 'cosine', '2024-01-03'),
	('P6', 'P1', 1, 1, 4, 4, 'cosine', '2024-01-03'),
	('P6', 'P2', 2, 0.5, 4, 4, 'cosine', '2024-01-03'),
	('P6', 'P3', 3, 0.33333334, 4, 4, 'cosine', '2024-01-03'),
	('P6', 'P4', 4, 0.25, 4, 4, 'cosine', '2024-01-03'),
	('P6', 'P5', 5, 0.2, 4, 4, 'cosine', '2024-01-03');
INSERT INTO mall_store.item_similarities_5_als VALUES
	('P1', 'P2', 1, 1, 4, 5, 'als', '2024-01-04'),
	('P1', 'P3', 2, 0.5, 4, 5, 'als', '2024-01-04'),
	('P1', 'P4', 3, 0.33333334, 4, 5, 'als', '2024-01-04'),
	('P1', 'P5', 4, 0.25, 4, 5, 'als', '2024-01-04'),
	('P1', 'P6', 5, 0.2, 4, 5, 'als', '2024-01-04'),
	('P2', 'P1', 1, 1, 4, 5, 'als', '2024-01-04'),
	('P2', 'P3', 2, 0.5, 4, 5, 'als', '2024-01-04'),
	('P2', 'P4', 3, 0.33333334, 4, 5, 'als', '2024-01-04'),
	('P2', 'P5', 4, 0.25, 4, 5, 'als', '2024-01-04'),
	('P2', 'P6', 5, 0.2, 4, 5, 'als', '2024-01-04'),
	('P3', 'P1', 1, 1, 4, 5, 'als', '2024-01-04'),
	('P3', 'P2', 2, 0.5, 4, 5, 'als', '2024-01-04'),
	('P3', 'P4', 3, 0.33333334, 4, 5, 'als', '2024-01-04'),
	('P3', 'P5', 4, 0.25, 4, 5, 'als', '2024-01-04'),
	('P3', 'P6', 5, 0.2, 4, 5, 'als', '2024-01-04'),
	('P4', 'P1', 1, 1, 4, 5, 'als', '2024-01-04'),
	('P4', 'P2', 2, 0.5, 4, 5, 'als', '2024-01-04'),
	('P4', 'P3', 3, 0.33333334, 4, 5, 'als', '2024-01-04'),
	('P4', 'P5', 4, 0.25, 4, 5, 'als', '2024-01-04'),
	('P4', 'P6', 5, 0.2, 4, 5, 'als', '2024-01-04'),
	('P5', 'P1', 1, 1, 4, 5, 'als', '2024-01-04'),
	('P5', 'P2', 2, 0.5, 4, 5, 'als', '2024-01-04'),
	('P5', 'P3', 3, 0.33333334, 4, 5, 'als', '2024-01-04'),
	('P5', 'P4', 4, 0.25, 4, 5, 'als', '2024-01-04'),
	('P5', 'P6', 5, 0.2, 4, 5, 'als', '2024-01-04'),
	('P6', 'P1', 1, 1, 4, 5, 'als', '2024-01-04'),
	('P6', 'P2', 2, 0.5, 4, 5, 'als', '2024-01-04'),
	('P6', 'P3', 3, 0.33333334, 4, 5, 'als', '2024-01-04'),
	('P6', 'P4', 4, 0.25, 4, 5, 'als', '2024-01-04'),
	('P6', 'P5', 5, 0.2, 4, 5, 'als', '2024-01-04');
INSERT INTO mall_store.item_similarities_5_cosine VALUES
	('P1', 'P2', 1, 1, 4, 5, 'cosine', '2024-01-04'),
	('P1', 'P3', 2, 0.5, 4, 5, 'cosine', '2024-01-04'),
	('P1', 'P4', 3, 0.33333334, 4, 5, 'cosine', '2024-01-04'),
	('P1', 'P5', 4, 0.25, 4, 5, 'cosine', '2024-01-04'),
	('P1', 'P6', 5, 0.2, 4, 5, 'cosine', '2024-01-04'),
	('P2', 'P1', 1, 1, 4, 5, 'cosine', '2024-01-04'),
	('P2', 'P3', 2, 0.5, 4, 5, 'cosine', '2024-01-04'),
	('P2', 'P4', 3, 0.33333334, 4, 5, 'cosine', '2024-01-04'),
	('P2', 'P5', 4, 0.25, 4, 5, 'cosine', '2024-01-04'),
	('P2', 'P6', 5, 0.2, 4, 5, 'cosine', '2024-01-04'),
	('P3', 'P1', 1, 1, 4, 5, 'cosine', '2024-01-04'),
	('P3', 'P2', 2, 0.5, 4, 5, 'cosine', '2024-01-04'),
	('P3', 'P4', 3, 0.33333334, 4, 5, 'cosine', '2024-01-04'),
	('P3', 'P5', 4, 0.25, 4, 5, 'cosine', '2024-01-04'),
	('P3', 'P6', 5, 0.2, 4, 5, 'cosine', '2024-01-04'),
	('P4', 'P1', 1, 1, 4, 5, 'cosine', '2024-01-04'),
	('P4', 'P2', 2, 0.5, 4, 5, 'cosine', '2024-01-04'),
	('P4', 'P3', 3, 0.33333334, 4, 5, 'cosine', '2024-01-04'),
	('P4', 'P5', 4, 0.25, 4, 5, 'cosine', '2024-01-04'),
	('P4', 'P6', 5, 0.2, 4, 5, 'cosine', '2024-01-04'),
	('P5', 'P1', 1, 1, 4, 5, 'cosine', '2024-01-04'),
	('P5', 'P2', 2, 0.5, 4, 5, 'cosine', '2024-01-04'),
	('P5', 'P3', 3, 0.33333334, 4, 5, 'cosine', '2024-01-04'),
	('P5', 'P4', 4, 0.25, 4, 5, 'cosine', '2024-01-04'),
	('P5', 'P6', 5, 0.2, 4, 5, 'cosine', '2024-01-04'),
	('P6', 'P1', 1, 1, 4, 5, 'cosine', '2024-01-04'),
	('P6', 'P2', 2, 0.5, 4, 5, 'cosine', '2024-01-04'),
	('P6', 'P3', 3, 0.33333334, 4, 5, 'cosine', '2024-01-04'),
	('P6', 'P4', 4, 0.25, 4, 5, 'cosine', '2024-01-04'),
	('P6', 'P5', 5, 0.2, 4, 5, 'cosine', '2024-01-04');
INSERT INTO mall_store.item_similarities_lists_5_als VALUES
	(true, 'als', 'P1', 5, 5, 1, 5, 0.2, 1, 4, false),
	(true, 'als', 'P2', 5, 5, 1, 5, 0.2, 1, 4, false),
	(true, 'als', 'P3', 5, 5, 1, 5, 0.2, 1, 4, false),
	(true, 'als', 'P4', 5, 5, 1, 5, 0.2, 1, 4, false),
	(true, 'als', 'P5', 5, 5, 1, 5, 0.2, 1, 4, false),
	(true, 'als', 'P6', 5, 5, 1, 5, 0.2, 1, 4, false);
INSERT INTO mall_store.item_similarities_lists_5_cosine VALUES
	(true, 'cosine', 'P1', 5, 5, 1, 5, 0.2, 1, 4, false),
	(true, 'cosine', 'P2', 5, 5, 1, 5, 0.2, 1, 4, false),
	(true, 'cosine', 'P3', 5, 5, 1, 5, 0.2, 1, 4, false),
	(true, 'cosine', 'P4', 5, 5, 1, 5, 0.2, 1, 4, false),
	(true, 'cosine', 'P5', 5, 5, 1, 5, 0.2, 1, 4, false),
	(true, 'cosine', 'P6', 5, 5, 1, 5, 0.2, 1, 4, false);
INSERT INTO mall_store.products_1 VALUES
	('P1', 'Title of P1', 'dairy', NULL, 1, true, 1, '2024-01-01'),
	('P2', 'Title of P2', 'dairy', NULL, 1, true, 1, '2024-01-01'),
	('P3', 'Title of P3', 'dairy', NULL, 1, true, 1, '2024-01-01'),
	('P4', 'Title of P4', 'dairy', NULL, 1, true, 1, '2024-01-01'),
	('P5', 'Title of P5', 'dairy', NULL, 1, true, 1, '2024-01-01'),
	('P6', 'Title of P6', 'dairy', NULL, 1, true, 1, '2024-01-01');
INSERT INTO mall_store.products_2 VALUES
	('P1', 'Title of P1', 'dairy', NULL, 2, true, 2, '2024-01-01'),
	('P2', 'Title of P2', 'dairy', NULL, 2, true, 2, '2024-01-01'),
	('P3', 'Title of P3', 'dairy', NULL, 2, true, 2, '2024-01-01'),
	('P4', 'Title of P4', 'dairy', NULL, 2, true, 2, '2024-01-01'),
	('P5', 'Title of P5', 'dairy', NULL, 2, true, 2, '2024-01-01'),
	('P6', 'Title of P6', 'dairy', NULL, 2, true, 2, '2024-01-01');
INSERT INTO mall_store.products_3 VALUES
	('P1', 'Title of P1', 'dairy', NULL, 3, true, 3, '2024-01-02'),
	('P2', 'Title of P2', 'dairy', NULL, 3, true, 3, '2024-01-02'),
	('P3', 'Title of P3', 'dairy', NULL, 3, true, 3, '2024-01-02'),
	('P4', 'Title of P4', 'dairy', NULL, 3, true, 3, '2024-01-02'),
	('P5', 'Title of P5', 'dairy', NULL, 3, true, 3, '2024-01-02'),
	('P6', 'Title of P6', 'dairy', NULL, 3, true, 3, '2024-01-02');
INSERT INTO mall_store.products_4 VALUES
	('P1', 'Title of P1', 'dairy', NULL, 4, true, 4, '2024-01-03'),
	('P2', 'Title of P2', 'dairy', NULL, 4, true, 4, '2024-01-03'),
	('P3', 'Title of P3', 'dairy', NULL, 4, true, 4, '2024-01-03'),
	('P4', 'Title of P4', 'dairy', NULL, 4, true, 4, '2024-01-03'),
	('P5', 'Title of P5', 'dairy', NULL, 4, true, 4, '2024-01-03'),
	('P6', 'Title of P6', 'dairy', NULL, 4, true, 4, '2024-01-03');
INSERT INTO mall_store.products_5 VALUES
	('P1', 'Title of P1', 'dairy', NULL, 4, true, 5, '2024-01-04'),
	('P2', 'Title of P2', 'dairy', NULL, 4, true, 5, '2024-01-04'),
	('P3', 'Title of P3', 'dairy', NULL, 4, true, 5, '2024-01-04'),
	('P4', 'Title of P4', 'dairy', NULL, 4, true, 5, '2024-01-04'),
	('P5', 'Title of P5', 'dairy', NULL, 4, true, 5, '2024-01-04'),
	('P6', 'Title of P6', 'dairy', NULL, 4, true, 5, '2024-01-04');
INSERT INTO mall_store.recent_items_1 VALUES
	('A', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 1, '2024-01-01'),
	('A', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 1, '2024-01-01'),
	('A', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 1, '2024-01-01'),
	('B', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 1, '2024-01-01'),
	('B', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 1, '2024-01-01'),
	('B', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 1, '2024-01-01'),
	('C', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 1, '2024-01-01'),
	('C', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 1, '2024-01-01'),
	('C', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 1, '2024-01-01');
INSERT INTO mall_store.recent_items_2 VALUES
	('A', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 2, '2024-01-01'),
	('A', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 2, '2024-01-01'),
	('A', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 2, '2024-01-01'),
	('B', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 2, '2024-01-01'),
	('B', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 2, '2024-01-01'),
	('B', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 2, '2024-01-01'),
	('C', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 2, '2024-01-01'),
	('C', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 2, '2024-01-01'),
	('C', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 2, '2024-01-01');
INSERT INTO mall_store.recent_items_3 VALUES
	('A', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 3, '2024-01-02'),
	('A', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 3, '2024-01-02'),
	('A', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 3, '2024-01-02'),
	('B', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 3, '2024-01-02'),
	('B', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 3, '2024-01-02'),
	('B', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 3, '2024-01-02'),
	('C', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 3, '2024-01-02'),
	('C', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 3, '2024-01-02'),
	('C', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 3, '2024-01-02');
INSERT INTO mall_store.recent_items_4 VALUES
	('A', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 4, '2024-01-03'),
	('A', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 4, '2024-01-03'),
	('A', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 4, '2024-01-03'),
	('B', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 4, '2024-01-03'),
	('B', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 4, '2024-01-03'),
	('B', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 4, '2024-01-03'),
	('C', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 4, '2024-01-03'),
	('C', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 4, '2024-01-03'),
	('C', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 4, '2024-01-03');
INSERT INTO mall_store.recent_items_5 VALUES
	('A', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 5, '2024-01-04'),
	('A', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 5, '2024-01-04'),
	('A', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 5, '2024-01-04'),
	('B', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 5, '2024-01-04'),
	('B', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 5, '2024-01-04'),
	('B', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 5, '2024-01-04'),
	('C', 'purchase', 'P1', 1, '2023-12-30 00:00:00+00', 5, '2024-01-04'),
	('C', 'purchase', 'P2', 2, '2023-12-29 00:00:00+00', 5, '2024-01-04'),
	('C', 'purchase', 'P3', 3, '2023-12-28 00:00:00+00', 5, '2024-01-04');
INSERT INTO mall_store.recent_items_lists_5 VALUES
	(true, 'A', 'purchase', 3, 3, 1, 3),
	(true, 'B', 'purchase', 3, 3, 1, 3),
	(true, 'C', 'purchase', 3, 3, 1, 3);
INSERT INTO mall_store.user_recommendations_1_als VALUES
	('A', 'P1', NULL, 1, 4, 1, 'als', '2024-01-01'),
	('A', 'P2', NULL, 2, 3, 1, 'als', '2024-01-01'),
	('A', 'P3', NULL, 3, 2, 1, 'als', '2024-01-01'),
	('B', 'P1', NULL, 1, 4, 1, 'als', '2024-01-01'),
	('B', 'P2', NULL, 2, 3, 1, 'als', '2024-01-01'),
	('B', 'P3', NULL, 3, 2, 1, 'als', '2024-01-01'),
	('C', 'P1', NULL, 1, 4, 1, 'als', '2024-01-01'),
	('C', 'P2', NULL, 2, 3, 1, 'als', '2024-01-01'),
	('C', 'P3', NULL, 3, 2, 1, 'als', '2024-01-01');
INSERT INTO mall_store.user_recommendations_2_als VALUES
	('A', 'P1', NULL, 1, 4, 2, 'als', '2024-01-01'),
	('A', 'P2', NULL, 2, 3, 2, 'als', '2024-01-01'),
	('A', 'P3', NULL, 3, 2, 2, 'als', '2024-01-01'),
	('B', 'P1', NULL, 1, 4, 2, 'als', '2024-01-01'),
	('B', 'P2', NULL, 2, 3, 2, 'als', '2024-01-01'),
	('B', 'P3', NULL, 3, 2, 2, 'als', '2024-01-01'),
	('C', 'P1', NULL, 1, 4, 2, 'als', '2024-01-01'),
	('C', 'P2', NULL, 2, 3, 2, 'als', '2024-01-01'),
	('C', 'P3', NULL, 3, 2, 2, 'als', '2024-01-01');
INSERT INTO mall_store.user_recommendations_3_als VALUES
	('A', 'P1', NULL, 1, 4, 3, 'als', '2024-01-02'),
	('A', 'P2', NULL, 2, 3, 3, 'als', '2024-01-02'),
	('A', 'P3', NULL, 3, 2, 3, 'als', '2024-01-02'),
	('B', 'P1', NULL, 1, 4, 3, 'als', '2024-01-02'),
	('B', 'P2', NULL, 2, 3, 3, 'als', '2024-01-02'),
	('B', 'P3', NULL, 3, 2, 3, 'als', '2024-01-02'),
	('C', 'P1', NULL, 1, 4, 3, 'als', '2024-01-02'),
	('C', 'P2', NULL, 2, 3, 3, 'als', '2024-01-02'),
	('C', 'P3', NULL, 3, 2, 3, 'als', '2024-01-02');
INSERT INTO mall_store.user_recommendations_4_als VALUES
	('A', 'P1', NULL, 1, 4, 4, 'als', '2024-01-03'),
	('A', 'P2', NULL, 2, 3, 4, 'als', '2024-01-03'),
	('A', 'P3', NULL, 3, 2, 4, 'als', '2024-01-03'),
	('B', 'P1', NULL, 1, 4, 4, 'als', '2024-01-03'),
	('B', 'P2', NULL, 2, 3, 4, 'als', '2024-01-03'),
	('B', 'P3', NULL, 3, 2, 4, 'als', '2024-01-03'),
	('C', 'P1', NULL, 1, 4, 4, 'als', '2024-01-03'),
	('C', 'P2', NULL, 2, 3, 4, 'als', '2024-01-03'),
	('C', 'P3', NULL, 3, 2, 4, 'als', '2024-01-03');
INSERT INTO mall_store.user_recommendations_5_als VALUES
	('A', 'P1', NULL, 1, 4, 5, 'als', '2024-01-04'),
	('A', 'P2', NULL, 2, 3, 5, 'als', '2024-01-04'),
	('A', 'P3', NULL, 3, 2, 5, 'als', '2024-01-04'),
	('B', 'P1', NULL, 1, 4, 5, 'als', '2024-01-04'),
	('B', 'P2', NULL, 2, 3, 5, 'als', '2024-01-04'),
	('B', 'P3', NULL, 3, 2, 5, 'als', '2024-01-04'),
	('C', 'P1', NULL, 1, 4, 5, 'als', '2024-01-04'),
	('C', 'P2', NULL, 2, 3, 5, 'als', '2024-01-04'),
	('C', 'P3', NULL, 3, 2, 5, 'als', '2024-01-04');
INSERT INTO mall_store.user_recommendations_lists_5_als VALUES
	(true, 'A', 3, 3, 1, 3, 2, 4, NULL),
	(true, 'B', 3, 3, 1, 3, 2, 4, NULL),
	(true, 'C', 3, 3, 1, 3, 2, 4, NULL);
INSERT INTO mall_store.window_items_4 VALUES
	('P1'),
	('P2'),
	('P3'),
	('P4'),
	('P5'),
	('P6');
INSERT INTO mall_store.window_items_5 VALUES
	('P1'),
	('P2'),
	('P3'),
	('P4'),
	('P5'),
	('P6');
INSERT INTO mall_store.window_users_4 VALUES
	('A'),
	('B'),
	('C');
INSERT INTO mall_store.window_users_5 VALUES
	('A'),
	('B'),
	('C');
SELECT pg_catalog.setval('mall.releases_release_id_seq', 5, true);
ALTER TABLE ONLY mall.data_quality
    ADD CONSTRAINT data_quality_pkey PRIMARY KEY (feed, day, expectation, column_name, reason);
ALTER TABLE ONLY mall.partitions
    ADD CONSTRAINT partitions_pkey PRIMARY KEY (feed, day);
ALTER TABLE ONLY mall.release_checks
    ADD CONSTRAINT release_checks_pkey PRIMARY KEY (release_id, table_name, model, check_name);
ALTER TABLE ONLY mall.releases
    ADD CONSTRAINT releases_pkey PRIMARY KEY (release_id);
ALTER TABLE ONLY mall_store.ad_candidates_1
    ADD CONSTRAINT ad_candidates_1_pkey PRIMARY KEY (user_id, rank);
ALTER TABLE ONLY mall_store.ad_candidates_2
    ADD CONSTRAINT ad_candidates_2_pkey PRIMARY KEY (user_id, rank);
ALTER TABLE ONLY mall_store.ad_candidates_3
    ADD CONSTRAINT ad_candidates_3_pkey PRIMARY KEY (user_id, rank);
ALTER TABLE ONLY mall_store.ad_candidates_4
    ADD CONSTRAINT ad_candidates_4_pkey PRIMARY KEY (user_id, rank);
ALTER TABLE ONLY mall_store.ad_candidates_5
    ADD CONSTRAINT ad_candidates_5_pkey PRIMARY KEY (user_id, rank);
ALTER TABLE ONLY mall_store.best_sellers_1
    ADD CONSTRAINT best_sellers_1_pkey PRIMARY KEY (category, rank);
ALTER TABLE ONLY mall_store.best_sellers_2
    ADD CONSTRAINT best_sellers_2_pkey PRIMARY KEY (category, rank);
ALTER TABLE ONLY mall_store.best_sellers_3
    ADD CONSTRAINT best_sellers_3_pkey PRIMARY KEY (category, rank);
ALTER TABLE ONLY mall_store.best_sellers_4
    ADD CONSTRAINT best_sellers_4_pkey PRIMARY KEY (category, rank);
ALTER TABLE ONLY mall_store.best_sellers_5
    ADD CONSTRAINT best_sellers_5_pkey PRIMARY KEY (category, rank);
ALTER TABLE ONLY mall_store.item_similarities_1_als
    ADD CONSTRAINT item_similarities_1_als_pkey PRIMARY KEY (item_id, rank);
ALTER TABLE ONLY mall_store.item_similarities_1_cosine
    ADD CONSTRAINT item_similarities_1_cosine_pkey PRIMARY KEY (item_id, rank);
ALTER TABLE ONLY mall_store.item_similarities_2_als
    ADD CONSTRAINT item_similarities_2_als_pkey PRIMARY KEY (item_id, rank);
ALTER TABLE ONLY mall_store.item_similarities_2_cosine
    ADD CONSTRAINT item_similarities_2_cosine_pkey PRIMARY KEY (item_id, rank);
ALTER TABLE ONLY mall_store.item_similarities_3_als
    ADD CONSTRAINT item_similarities_3_als_pkey PRIMARY KEY (item_id, rank);
ALTER TABLE ONLY mall_store.item_similarities_3_cosine
    ADD CONSTRAINT item_similarities_3_cosine_pkey PRIMARY KEY (item_id, rank);
ALTER TABLE ONLY mall_store.item_similarities_4_als
    ADD CONSTRAINT item_similarities_4_als_pkey PRIMARY KEY (item_id, rank);
ALTER TABLE ONLY mall_store.item_similarities_4_cosine
    ADD CONSTRAINT item_similarities_4_cosine_pkey PRIMARY KEY (item_id, rank);
ALTER TABLE ONLY mall_store.item_similarities_5_als
    ADD CONSTRAINT item_similarities_5_als_pkey PRIMARY KEY (item_id, rank);
ALTER TABLE ONLY mall_store.item_similarities_5_cosine
    ADD CONSTRAINT item_similarities_5_cosine_pkey PRIMARY KEY (item_id, rank);
ALTER TABLE ONLY mall_store.products_1
    ADD CONSTRAINT products_1_pkey PRIMARY KEY (item_id);
ALTER TABLE ONLY mall_store.products_2
    ADD CONSTRAINT products_2_pkey PRIMARY KEY (item_id);
ALTER TABLE ONLY mall_store.products_3
    ADD CONSTRAINT products_3_pkey PRIMARY KEY (item_id);
ALTER TABLE ONLY mall_store.products_4
    ADD CONSTRAINT products_4_pkey PRIMARY KEY (item_id);
ALTER TABLE ONLY mall_store.products_5
    ADD CONSTRAINT products_5_pkey PRIMARY KEY (item_id);
ALTER TABLE ONLY mall_store.recent_items_1
    ADD CONSTRAINT recent_items_1_pkey PRIMARY KEY (user_id, event_type, rank);
ALTER TABLE ONLY mall_store.recent_items_2
    ADD CONSTRAINT recent_items_2_pkey PRIMARY KEY (user_id, event_type, rank);
ALTER TABLE ONLY mall_store.recent_items_3
    ADD CONSTRAINT recent_items_3_pkey PRIMARY KEY (user_id, event_type, rank);
ALTER TABLE ONLY mall_store.recent_items_4
    ADD CONSTRAINT recent_items_4_pkey PRIMARY KEY (user_id, event_type, rank);
ALTER TABLE ONLY mall_store.recent_items_5
    ADD CONSTRAINT recent_items_5_pkey PRIMARY KEY (user_id, event_type, rank);
ALTER TABLE ONLY mall_store.user_recommendations_1_als
    ADD CONSTRAINT user_recommendations_1_als_pkey PRIMARY KEY (user_id, rank);
ALTER TABLE ONLY mall_store.user_recommendations_2_als
    ADD CONSTRAINT user_recommendations_2_als_pkey PRIMARY KEY (user_id, rank);
ALTER TABLE ONLY mall_store.user_recommendations_3_als
    ADD CONSTRAINT user_recommendations_3_als_pkey PRIMARY KEY (user_id, rank);
ALTER TABLE ONLY mall_store.user_recommendations_4_als
    ADD CONSTRAINT user_recommendations_4_als_pkey PRIMARY KEY (user_id, rank);
ALTER TABLE ONLY mall_store.user_recommendations_5_als
    ADD CONSTRAINT user_recommendations_5_als_pkey PRIMARY KEY (user_id, rank);
ALTER TABLE ONLY mall_store.window_items_4
    ADD CONSTRAINT window_items_4_pkey PRIMARY KEY (id);
ALTER TABLE ONLY mall_store.window_items_5
    ADD CONSTRAINT window_items_5_pkey PRIMARY KEY (id);
ALTER TABLE ONLY mall_store.window_users_4
    ADD CONSTRAINT window_users_4_pkey PRIMARY KEY (id);
ALTER TABLE ONLY mall_store.window_users_5
    ADD CONSTRAINT window_users_5_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX releases_one_current ON mall.releases USING btree (is_current) WHERE is_current;
CREATE UNIQUE INDEX releases_one_published_per_date ON mall.releases USING btree (as_of_date) WHERE (status = 'published'::text);
ALTER TABLE ONLY mall.release_checks
    ADD CONSTRAINT release_checks_release_id_fkey FOREIGN KEY (release_id) REFERENCES mall.releases(release_id);
