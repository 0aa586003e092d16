// Entries, their openings, the signed checkpoint; documents.
#include <algorithm>

#include "core/signpost/store/sqlite_store.h"

namespace signpost::store {

// The root that the stored checkpoint says, if this home's key signed it for `size` entries.
Result<Digest> SqliteStore::CheckedRoot(const std::string& note_text, uint64_t size) const {
  const auto bad = [&](const char* why) {
    return Fail(Code::kCorrupt, why, db_.place(), "restore the home from a backup");
  };
  const Result<note::Note> note = note::Note::Parse(note_text);
  if (!note) return bad("the ledger's checkpoint cannot be read");
  const auto signers = note->VerifiedBy(std::span(&signer_.verifier(), 1));
  if (!signers || signers->empty()) {
    return bad("the ledger's checkpoint is not signed by this home's ledger key");
  }
  const Result<note::Checkpoint> checkpoint = note::Checkpoint::Parse(note->text());
  if (!checkpoint || checkpoint->origin != signer_.verifier().name()) {
    return bad("the ledger's checkpoint is another ledger's");
  }
  if (checkpoint->size != size) return bad("the ledger's checkpoint is of another size");
  return checkpoint->root;
}

// Only what another process appended since is read; at first, everything.
Result<LedgerTip> SqliteStore::Tip() {
  TRY_ASSIGN(const int64_t count, db_.Number("SELECT coalesce(max(idx) + 1, 0) FROM ledger_entry"));
  const auto size = static_cast<uint64_t>(count);
  LedgerTip tip = tip_;
  {
    TRY_ASSIGN(auto query, db_.Ask("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1"));
    TRY_ASSIGN(const bool row, query.Step());
    tip.note = row ? query.Text(0) : std::string();
  }
  if (tip.note == tip_.note && tip.tree.size() == size) return tip;
  if (tip.tree.size() > size) {
    return Fail(Code::kCorrupt, "the ledger is shorter than it was", db_.place(),
                "the store was replaced while it was open: run the command again");
  }
  std::string newest;
  {
    TRY_ASSIGN(auto query, db_.Ask("SELECT idx, entry FROM ledger_entry WHERE idx >= ?1"
                                   " ORDER BY idx",
                                   tip.tree.size()));
    for (;;) {
      TRY_ASSIGN(const bool row, query.Step());
      if (!row) break;
      if (static_cast<uint64_t>(query.Int(0)) != tip.tree.size()) {
        return Fail(Code::kCorrupt, "a ledger entry is missing", db_.place());
      }
      newest = query.Text(1);
      tip.tree.Append(tree::LeafHash(newest));
    }
  }
  TRY_ASSIGN(const Digest root, CheckedRoot(tip.note, size));
  if (root != tip.tree.Root()) {
    return Fail(Code::kCorrupt, "the ledger's entries do not give its checkpoint's root",
                db_.place(), "restore the home from a backup");
  }
  if (!newest.empty()) {
    TRY_ASSIGN(const ledger::Event event, ledger::DecodeEvent(newest));
    tip.last = event.at;
  }
  tip_ = tip;
  return tip;
}

Result<Verb> Verb::Begin(SqliteStore& store) {
  TRY_ASSIGN(auto transaction,
             sqlite::Transaction::Begin(store.db_, sqlite::Transaction::Kind::kWrite));
  store.vacuumed_.reset();
  return Verb(store, std::move(transaction));
}

Result<Contacts> Verb::FlushedContacts() {
  TRY(FlushMessaged(store_->db_));
  return Contacts(store_->db_);
}

Result<Records> Verb::FlushedRecords(const OnProgress& on_progress) {
  TRY(FlushMessaged(store_->db_));
  TRY(FlushImports(store_->db_, on_progress));
  return Records(store_->db_);
}

Result<void> Verb::Append(const NewEntry& note, Late late) {
  sqlite::Database& db = store_->db_;
  if (!tip_) {
    TRY_ASSIGN(tip_, store_->Tip());
  }
  ledger::Event event = note.event;
  if (tip_->tree.size() > 0 && event.at < tip_->last) {
    if (late == Late::kRefuse && tip_->last.seconds - event.at.seconds > kMaxClockSkewSeconds) {
      return Fail(Code::kRefused,
                  "the clock is behind the ledger, whose newest entry is of " + tip_->last.Text(),
                  event.at.Text(), "correct the clock; a rehearsal's --at only goes forward");
    }
    event.at = tip_->last;
  }
  const std::string entry = ledger::EncodeEvent(event);
  if (entry.size() > ledger::kMaxEntryBytes ||
      (note.opening && note.opening->counts.size() > ledger::kMaxCountNames)) {
    return Fail(Code::kInternal, "a ledger entry is too large", db.place());
  }
  const uint64_t index = tip_->tree.size();
  TRY(db.Run("INSERT INTO ledger_entry(idx, entry) VALUES(?1, ?2)", index, entry));
  if (note.opening) {
    TRY(db.Run("INSERT INTO opening(idx, salt, counts) VALUES(?1, ?2, ?3)", index,
               note.opening->salt, ledger::EncodeCounts(note.opening->counts)));
  }
  tip_->tree.Append(tree::LeafHash(entry));
  tip_->last = event.at;
  return {};
}

Result<void> Verb::Append(std::span<const NewEntry> notes, Late late) {
  for (const NewEntry& note : notes) TRY(Append(note, late));
  return {};
}

Result<void> Verb::Commit() {
  if (!tip_) return transaction_.Commit();
  sqlite::Database& db = store_->db_;
  const note::NoteSigner& signer = store_->signer_;
  const note::Checkpoint checkpoint{signer.verifier().name(), tip_->tree.size(), tip_->tree.Root()};
  TRY_ASSIGN(note::Note note, note::Note::Of(checkpoint.Text()));
  note.Sign(signer);
  tip_->note = note.Encode();
  TRY(db.Run("DELETE FROM checkpoint"));
  TRY(db.Run("INSERT INTO checkpoint(size, note) VALUES(?1, ?2)", checkpoint.size, tip_->note));
  TRY(transaction_.Commit());
  store_->tip_ = *std::move(tip_);
  return {};
}

Result<void> SqliteStore::PutDocuments(std::span<const Document> documents) {
  for (const Document& document : documents) {
    TRY(
        db_.Run("INSERT INTO document(kind, id, content) VALUES(?1, ?2, ?3)"
                " ON CONFLICT(kind, id) DO UPDATE SET content = excluded.content",
                document.kind, document.id, document.content));
  }
  return {};
}

Result<void> SqliteStore::Append(std::span<const NewEntry> notes,
                                 std::span<const Document> documents) {
  TRY_ASSIGN(Verb verb, Verb::Begin(*this));
  TRY(PutDocuments(documents));
  TRY(verb.Append(notes));
  return verb.Commit();
}

Result<std::vector<std::string>> SqliteStore::Entries() {
  std::vector<std::string> entries;
  TRY_ASSIGN(auto query, db_.Ask("SELECT idx, entry FROM ledger_entry ORDER BY idx"));
  for (;;) {
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return entries;
    if (static_cast<size_t>(query.Int(0)) != entries.size()) {
      return Fail(Code::kCorrupt, "a ledger entry is missing", db_.place());
    }
    entries.push_back(query.Text(1));
  }
}

Result<std::string> SqliteStore::CheckpointNote() {
  {
    TRY_ASSIGN(auto query, db_.Ask("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1"));
    TRY_ASSIGN(const bool row, query.Step());
    if (row) return query.Text(0);
  }
  TRY_ASSIGN(
      note::Note note,
      note::Note::Of(note::Checkpoint{signer_.verifier().name(), 0, tree::RootOf({})}.Text()));
  note.Sign(signer_);
  return note.Encode();
}

Result<std::vector<std::pair<uint64_t, ledger::Opening>>> SqliteStore::Openings() {
  std::vector<std::pair<uint64_t, ledger::Opening>> openings;
  TRY_ASSIGN(auto query, db_.Ask("SELECT idx, salt, counts FROM opening ORDER BY idx"));
  for (;;) {
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return openings;
    ledger::Opening opening;
    opening.salt = query.Array<32>(1);
    TRY_ASSIGN(opening.counts, ledger::DecodeCounts(query.Text(2)));
    openings.emplace_back(static_cast<uint64_t>(query.Int(0)), std::move(opening));
  }
}

Result<std::optional<std::string>> SqliteStore::FindDocument(const std::string& kind,
                                                             const std::string& id) {
  TRY_ASSIGN(auto query,
             db_.Ask("SELECT content FROM document WHERE kind = ?1 AND id = ?2", kind, id));
  TRY_ASSIGN(const bool row, query.Step());
  if (!row) return std::optional<std::string>();
  return std::optional<std::string>(query.Text(0));
}

Result<std::vector<Document>> SqliteStore::Documents() {
  std::vector<Document> documents;
  TRY_ASSIGN(auto query, db_.Ask("SELECT kind, id, content FROM document ORDER BY kind, id"));
  for (;;) {
    TRY_ASSIGN(const bool row, query.Step());
    if (!row) return documents;
    documents.push_back({query.Text(0), query.Text(1), query.Text(2)});
  }
}

}  // namespace signpost::store
