#include "lab/report/peer_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lab/json_file.h"

namespace linnet::lab {

namespace {

using Json = nlohmann::json;

// A time that was measured, or NaN.
double time_at(const Json& taken, const char* name) {
  const double milliseconds = number_at(taken, name);
  return milliseconds > 0 && std::isfinite(milliseconds) ? milliseconds : std::numeric_limits<double>::quiet_NaN();
}

PeerRow read_row(const Json& contender, bool random_weights, const std::vector<Shape>& shapes, size_t threads) {
  PeerRow row;
  row.name = text_at(contender, "name", "unnamed");
  const Json& bytes = member(contender, "file_bytes");
  row.file_bytes = bytes.is_number_unsigned() ? bytes.get<uint64_t>() : 0;
  row.load_ms = time_at(contender, "load_ms");
  row.score =
      random_weights ? std::numeric_limits<double>::quiet_NaN() : number_at(member(contender, "accuracy"), "spearman");
  const Json& times = member(member(contender, "times"), std::to_string(threads).c_str());
  for (const Shape& shape : shapes) {
    const Json& taken = member(times, shape_name(shape).c_str());
    row.median_ms.push_back(time_at(taken, "median"));
    row.p95_ms.push_back(time_at(taken, "p95"));
  }
  return row;
}

std::string shape_names(const std::vector<Shape>& shapes) {
  std::string names;
  for (const Shape& shape : shapes) names += (names.empty() ? "" : ", ") + shape_name(shape);
  return names;
}

}  // namespace

Result<PeerRows> read_peer_rows(const std::string& path, const std::vector<Shape>& shapes, size_t threads) {
  const Result<Json> json = read_json(path);
  if (!json.ok()) return json.status();
  const Json& results = member(*json, "results");
  const Json& machine = member(*json, "machine");
  if (!results.is_array() || !machine.is_object()) {
    return Status::error(Code::corrupt, "%s: no 'results' and 'machine'; it is to be what bench/peers --save wrote",
                         path.c_str());
  }
  PeerRows peers;
  peers.path = path;
  peers.processor = text_at(machine, "processor", "an unknown processor");
  peers.isa = text_at(*json, "cap", text_at(machine, "isa"));
  peers.commit = text_at(*json, "commit", "unknown");
  peers.texts = text_at(*json, "texts", "unknown texts");
  peers.date = text_at(*json, "date");
  for (const Json& result : results) {
    const bool random_weights = member(result, "random_weights") == true;
    for (const Json& contender : member(result, "contenders")) {
      if (text_at(contender, "runtime") == "linnet") continue;
      PeerRow row = read_row(contender, random_weights, shapes, threads);
      const auto timed = [](double milliseconds) { return !std::isnan(milliseconds); };
      if (std::none_of(row.median_ms.begin(), row.median_ms.end(), timed)) continue;
      if (results.size() > 1) row.name = text_at(result, "model") + ": " + row.name;
      peers.rows.push_back(std::move(row));
    }
  }
  if (peers.rows.empty()) {
    return Status::error(Code::not_found, "%s: no other runtime was timed with %zu thread%s at any of %s", path.c_str(),
                         threads, threads == 1 ? "" : "s", shape_names(shapes).c_str());
  }
  return peers;
}

}  // namespace linnet::lab
