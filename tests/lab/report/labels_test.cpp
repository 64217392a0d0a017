#include "lab/report/labels.h"

#include <gtest/gtest.h>
#include <vector>

namespace linnet::lab {
namespace {

const Box kFrame = {0, 0, 400, 300};

LabelledPoint point(double x, double y, double width = 80) { return {x, y, 5, width, 14, 8}; }

void expect_on_nothing(const std::vector<LabelledPoint>& points, const std::vector<PlacedLabel>& labels) {
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].kind == PlacedLabel::Kind::none) continue;
    const Box& box = labels[i].box;
    EXPECT_GE(box.left, 0);
    EXPECT_GE(box.top, 0);
    EXPECT_LE(box.left + box.width, kFrame.width);
    EXPECT_LE(box.top + box.height, kFrame.height);
    for (size_t j = 0; j < labels.size(); ++j) {
      const Box dot = {points[j].x - 5, points[j].y - 5, 10, 10};
      EXPECT_FALSE(overlap(box, dot)) << i << " lies on point " << j;
      if (j != i && labels[j].kind != PlacedLabel::Kind::none) {
        EXPECT_FALSE(overlap(box, labels[j].box)) << i << " lies on label " << j;
      }
    }
  }
}

TEST(Labels, OneGoesToTheRightAndUp) {
  const std::vector<LabelledPoint> points = {point(100, 100)};
  const std::vector<PlacedLabel> labels = place_labels(points, kFrame);
  EXPECT_EQ(labels[0].kind, PlacedLabel::Kind::whole);
  EXPECT_FALSE(labels[0].far);
  EXPECT_GT(labels[0].box.left, 105);
  EXPECT_LE(labels[0].box.top + 14, 100);
}

TEST(Labels, AtTheRightEdgeItGoesToTheLeft) {
  const std::vector<PlacedLabel> labels = place_labels(std::vector<LabelledPoint>{point(390, 100)}, kFrame);
  EXPECT_EQ(labels[0].kind, PlacedLabel::Kind::whole);
  EXPECT_LT(labels[0].box.left + labels[0].box.width, 385);
}

TEST(Labels, TwelveCrowdedOnesAreAllWholeAndOnNothing) {
  std::vector<LabelledPoint> points;
  for (int i = 0; i < 12; ++i) points.push_back(point(170 + 13 * (i % 4), 130 + 11 * (i / 4)));
  const std::vector<PlacedLabel> labels = place_labels(points, kFrame);
  expect_on_nothing(points, labels);
  size_t whole = 0;
  for (const PlacedLabel& label : labels) whole += label.kind == PlacedLabel::Kind::whole ? 1 : 0;
  EXPECT_GE(whole, 9u);
}

TEST(Labels, WhereANameHasNoRoomItsNumberStands) {
  const std::vector<LabelledPoint> points = {point(200, 150, 500)};
  const std::vector<PlacedLabel> labels = place_labels(points, kFrame);
  EXPECT_EQ(labels[0].kind, PlacedLabel::Kind::shortened);
  EXPECT_EQ(labels[0].box.width, 8);
}

TEST(Labels, TheSamePointIsNoTrouble) {
  const std::vector<LabelledPoint> points(30, point(200, 150));
  const std::vector<PlacedLabel> labels = place_labels(points, kFrame);
  expect_on_nothing(points, labels);
  EXPECT_EQ(place_labels({}, kFrame).size(), 0u);
}

}  // namespace
}  // namespace linnet::lab
