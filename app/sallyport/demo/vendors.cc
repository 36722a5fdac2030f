#include "demo/vendors.h"

namespace sallyport::demo {
namespace {

constexpr const char* directory = "reviewer-directory";

} // namespace

Vendors dispatch_vendors() {
  return {{
              Route{"session-broker", "/v1/webapi/sites/{site}/events/search", Endpoint::teleport_events},
              Route{"identity-provider", "/api/v1/logs", Endpoint::okta_logs},
              Route{"break-glass-ledger", "/v1/status", Endpoint::watermark_s, "sealed_through"},
              Route{"break-glass-ledger", "/v1/grants/{key}", Endpoint::object},
              Route{"remote-console", "/api/v2/ingest", Endpoint::watermark_ms, "ingestedThroughMs"},
              Route{"remote-console", "/api/v2/events/{key}", Endpoint::object, "event"},
              Route{"tenant-registry", "/v1/health", Endpoint::watermark_text, "as_of"},
              Route{"tenant-registry", "/v1/tenant-records/{key}", Endpoint::object},
              Route{"tenant-registry", "/v1/handling-notes/{key}", Endpoint::object},
              Route{"tenant-registry", "/v1/tenants", Endpoint::names, "tenants"},
              Route{"intake-triage", "/v1/health", Endpoint::watermark_text, "as_of"},
              Route{"intake-triage", "/v1/alerts/{key}", Endpoint::object},
              Route{"intake-triage", "/v1/cases/{key}/chronology", Endpoint::object},
              Route{"intake-triage", "/v1/escalations/{key}", Endpoint::object},
              Route{directory, "/scim/v2/ServiceProviderConfig", Endpoint::scim_config},
              Route{directory, "/scim/v2/Groups/{key}", Endpoint::scim_group},
          },
          {
              RecordFile{"session_broker_log.json", "session-broker", "/uid"},
              RecordFile{"break_glass_grant.json", "break-glass-ledger", "/grant"},
              RecordFile{"remote_console_event.json", "remote-console", "/id"},
              RecordFile{"idp_sign_in.json", "identity-provider", "/uuid"},
              RecordFile{"tenant_record.json", "tenant-registry", "/record_id"},
              RecordFile{"tenant_record_4490.json", "tenant-registry", "/record_id"},
              RecordFile{"handling_note.json", "tenant-registry", "/id"},
              RecordFile{"tenant_boundary_alert.json", "intake-triage", "/id"},
              RecordFile{"case_chronology.json", "intake-triage", "/case"},
              RecordFile{"duplicate_escalation.json", "intake-triage", "/id"},
          },
          "psr-reviewers",
          "Product security reviewers (example people)"};
}

Vendors release_vendors() {
  Vendors out{{Route{"classification", "/v1/names", Endpoint::names, "names"},
               Route{directory, "/scim/v2/ServiceProviderConfig", Endpoint::scim_config},
               Route{directory, "/scim/v2/Groups/{key}", Endpoint::scim_group}},
              {},
              "privacy-engineering",
              "Privacy engineering intake (example people)"};
  for (const char* source : {"dump-vault", "symbol-server", "forensics-tool", "redaction-policy",
                             "classification", "retention-registry", "env-inventory"}) {
    out.routes.push_back({source, "/v1/health", Endpoint::watermark_text, "as_of"});
    out.routes.push_back({source, "/v1/records/{key}", Endpoint::object});
  }
  return out;
}

} // namespace sallyport::demo
