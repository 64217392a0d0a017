#include "lab/places.h"

namespace linnet::lab {

std::vector<Place> linear_places(const Model& model, const Session& session) {
  std::vector<Place> places;
  const size_t count = session.linear_layers();
  for (size_t i = 0; i < count; ++i) {
    const LinearPlace place = session.linear_layer(i);
    places.push_back({text_of(model.value(model.graph().ops()->Get(place.op)->output()).name()), place.name,
                      place.runs_on, place.reason != nullptr ? place.reason : ""});
  }
  return places;
}

}  // namespace linnet::lab
