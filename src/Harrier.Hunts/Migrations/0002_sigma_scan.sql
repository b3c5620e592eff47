-- What scans have seen: events of each import, by what was asked of them.
create table sigma_scan (
  scope text not null,      -- hash of rules, log sources and options
  import text not null,
  events integer not null,
  time integer not null,    -- microseconds since 1970 UTC
  primary key (scope, import)
) strict, without rowid;
