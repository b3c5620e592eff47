-- Who changed what, and when. Only ever appended to.
create table audit (
  id integer primary key,
  time integer not null,
  who text not null,
  what text not null,
  subject text not null,
  before text,
  after text
) strict;

create index audit_subject on audit (subject, id);

create trigger audit_is_never_changed before update on audit
begin
  select raise(abort, 'the audit log is only appended to');
end;

create trigger audit_is_never_cut before delete on audit
begin
  select raise(abort, 'the audit log is only appended to');
end;
