// The style and the program of the page: report.css and report.js, built in.
#pragma once

namespace linnet::lab {

extern const char kReportCss[], kReportJs[];
// "sha256-..." of exactly these bytes, for a Content-Security-Policy.
extern const char kReportCssHash[], kReportJsHash[];

}  // namespace linnet::lab
