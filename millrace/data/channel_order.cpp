#include "millrace/data/channel_order.h"

#include <fmt/format.h>

#include "millrace/data/image_keys.h"

namespace millrace {

namespace {

using Order = ImageReading::Order;

Order order_named(const State& name) {
  if (name.is_string() && name.string() == "bgr") return Order::bgr;
  if (name.is_string() && name.string() == "rgb") return Order::rgb;
  throw Error(fmt::format("channel_order must be 'bgr' or 'rgb', got {}",
                          name.is_string() ? "'" + name.string() + "'" : name.kind_name()));
}

}  // namespace

void set_channel_order(Sample& sample, Order order) {
  sample.set(keys::channel_order, order == Order::bgr ? "bgr" : "rgb");
}

void turn_channel_order(Sample& sample) {
  if (const State* order = sample.find(keys::channel_order))
    set_channel_order(sample, order_named(*order) == Order::bgr ? Order::rgb : Order::bgr);
}

Order channel_order(const Sample& row) {
  const State* order = row.find(keys::channel_order);
  return order ? order_named(*order) : Order::rgb;
}

}  // namespace millrace
