/** The words that the languages of our consumers keep for themselves, in lower case, as their own parsers list them. */

const list = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** javax.lang.model.SourceVersion, Java 17. */
export const java = list(`
  abstract assert boolean break byte case catch char class const continue default do double else enum
  extends final finally float for goto if implements import instanceof int interface long native new package
  private protected public return short static strictfp super switch synchronized this throw throws
  transient try void volatile while true false null
`);

/** What a getter can't be named after in a class that Avro's compiler generates: it has such methods of its own. */
export const javaAccessors = list('class schema classSchema specificData decoder encoder');

/** keyword.kwlist, Python 3.11; True, False and None begin with a capital, as no field does. */
export const python = list(`
  and as assert async await break class continue def del elif else except finally for from global if import
  in is lambda nonlocal not or pass raise return try while with yield
`);

/** go/token, Go. A field is exported there, and so begins with a capital; a package's name does not. */
export const go = list(`
  break case chan const continue default defer else fallthrough for func go goto if import interface map
  package range return select struct switch type var
`);

export type Dialect = 'ISO SQL:2023' | 'PostgreSQL' | 'DuckDB' | 'Flink SQL';

/** Words that no column can be named without quotes. */
export const sql: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  // ISO/IEC 9075-2:2023, reserved words.
  'ISO SQL:2023': list(`
  abs absent acos all allocate alter and any any_value are array array_agg array_max_cardinality as
  asensitive asin asymmetric at atan atomic authorization avg begin begin_frame begin_partition between
  bigint binary blob boolean both btrim by call called cardinality cascaded case cast ceil ceiling char
  char_length character character_length check classifier clob close coalesce collate collect column commit
  condition connect constraint contains convert copy corr corresponding cos cosh count covar_pop covar_samp
  create cross cube cume_dist current current_catalog current_date current_default_transform_group
  current_path current_role current_row current_schema current_time current_timestamp
  current_transform_group_for_type current_user cursor cycle date day deallocate dec decfloat decimal
  declare default define delete dense_rank deref describe deterministic disconnect distinct double drop
  dynamic each element else empty end end_frame end_partition end-exec equals escape every except exec
  execute exists exp external extract false fetch filter first_value float floor for foreign frame_row free
  from full function fusion get global grant greatest group grouping groups having hold hour identity in
  indicator initial inner inout insensitive insert int integer intersect intersection interval into is join
  json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize
  json_table json_table_primitive json_value lag language large last_value lateral lead leading least left
  like like_regex listagg ln local localtime localtimestamp log log10 lower lpad ltrim match match_number
  match_recognize matches max member merge method min minute mod modifies module month multiset national
  natural nchar nclob new no none normalize not nth_value ntile null nullif numeric occurrences_regex
  octet_length of offset old omit on one only open or order out outer over overlaps overlay parameter
  partition pattern per percent percent_rank percentile_cont percentile_disc period portion position
  position_regex power precedes precision prepare primary procedure ptf range rank reads real recursive ref
  references referencing regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy
  regr_syy release result return returns revoke right rollback rollup row row_number rows rpad rtrim running
  savepoint scope scroll search second seek select sensitive session_user set show similar sin sinh skip
  smallint some specific specifictype sql sqlexception sqlstate sqlwarning sqrt start static stddev_pop
  stddev_samp submultiset subset substring substring_regex succeeds sum symmetric system system_time
  system_user table tablesample tan tanh then time timestamp timezone_hour timezone_minute to trailing
  translate translate_regex translation treat trigger trim trim_array true truncate uescape union unique
  unknown unnest update upper user using value values value_of var_pop var_samp varbinary varchar varying
  versioning when whenever where width_bucket window with within without year
`),
  // Reserved in the grammar of PostgreSQL 18, or allowed for functions and types only.
  PostgreSQL: list(`
  all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
  current_catalog current_date current_role current_time current_timestamp current_user default deferrable
  desc distinct do else end except false fetch for foreign from grant group having in initially intersect
  into lateral leading limit localtime localtimestamp not null offset on only or order placing primary
  references returning select session_user some symmetric system_user table then to trailing true union
  unique user using variadic when where window with authorization binary collation concurrently cross
  current_schema freeze full ilike inner is isnull join left like natural notnull outer overlaps right
  similar tablesample verbose
`),
  // duckdb_keywords() of DuckDB 2.0, categories reserved and type_function.
  DuckDB: list(`
  all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
  default deferrable desc describe distinct do else end except false fetch for foreign from group having in
  initially intersect into lambda lateral leading limit not null offset on only or order pivot pivot_longer
  pivot_wider placing primary qualify references returning select show some summarize symmetric table then
  to trailing true union unique unpivot using variadic when where window with anti asof at authorization
  binary by collation columns concurrently cross freeze full generated glob ilike inner is isnull join left
  like map natural notnull outer overlaps positional right semi similar struct tablesample try_cast tuple
  unpack verbose
`),
  // The parser of Flink 2.0.
  'Flink SQL': list(`
  abs all allocate allow alter and any are array array_concat_agg array_max_cardinality as asensitive
  asymmetric at atomic authorization avg begin begin_frame begin_partition between bigint binary bit blob
  boolean both buckets by bytes call called cardinality cascaded case cast catalogs ceil ceiling char
  character character_length char_length check classifier clob close coalesce collate collect column comment
  commit condition connect constraint contains continuous convert corr corresponding count covar_pop
  covar_samp create cross cube cume_dist current current_catalog current_date
  current_default_transform_group current_path current_role current_row current_schema current_time
  current_timestamp current_transform_group_for_type current_user cursor cycle databases date datetime
  date_trunc day deallocate dec decimal declare default define delete dense_rank deref describe
  deterministic disallow disconnect distinct distributed distribution dot double drop dynamic each element
  else empty end end-exec end_frame end_partition equals escape every except exec execute exists exp explain
  extend extended external extract false fetch filter first_value float floor for foreign frame_row free
  freshness friday from full function functions fusion get global grant group grouping groups group_concat
  hash having hold hour identity ilike import in include indicator initial inner inout insensitive insert
  int integer intersect intersection interval into is join json_array json_arrayagg json_exists json_object
  json_objectagg json_query json_value lag language large last_value lateral lead leading left like
  like_regex limit ln local localtime localtimestamp lower match matches match_number match_recognize
  materialized max measures member merge method min minus minute mod model models modifies modify module
  modules monday month multiset national natural nchar nclob new next no none normalize not nth_value ntile
  null nullif numeric occurrences_regex octet_length of offset old omit on one only open or order out outer
  over overlaps overlay parameter partition pattern per percent percentile_cont percentile_disc percent_rank
  period permute pivot portion position position_regex power precedes precision prepare prev primary
  procedure procedures qualify quarters range rank raw reads real recursive ref references referencing
  refresh refresh_mode regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy
  regr_syy release rename reset result resume return returns revoke right rlike rollback rollup row rows
  row_number running saturday savepoint scala scope scroll search second seek select sensitive separator
  session_user set show similar skip smallint some specific specifictype sql sqlexception sqlstate
  sqlwarning sqrt start statement static stddev_pop stddev_samp stream string string_agg submultiset subset
  substring substring_regex succeeds sum sunday suspend symmetric system system_time system_user table
  tables tablesample then thursday time timestamp timestamp_diff timestamp_ltz timestamp_trunc timezone_hour
  timezone_minute time_diff time_trunc tinyint to trailing translate translate_regex translation treat
  trigger trim trim_array true truncate tuesday uescape union unique unknown unnest unpivot update upper
  upsert use user using value values value_of varbinary varchar varying var_pop var_samp versioning views
  watermark watermarks wednesday weeks when whenever where width_bucket window with within without year
`),
};
