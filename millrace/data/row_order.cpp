#include "millrace/data/row_order.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/class_name.h"

namespace millrace {

namespace {

template <class T>
std::string name_of(const std::shared_ptr<T>& component) {
  const T& object = *component;
  return class_name_of(typeid(object));
}

}  // namespace

RowOrder::RowOrder(std::shared_ptr<Sampler> sampler, std::shared_ptr<BatchSampler> batch_sampler,
                   const SamplerArgs& args, std::optional<int64_t> limit)
    : sampler_(std::move(sampler)),
      batch_sampler_(std::move(batch_sampler)),
      args_(args),
      pass_rows_(sampler_->length()),
      pass_padding_(sampler_->padding()),
      pass_places_(std::max(pass_rows_, (args.size + args.world_size - 1) / args.world_size)),
      full_length_(batch_sampler_->length(pass_rows_)),
      length_(std::min(full_length_, limit.value_or(INT64_MAX))) {
  if (args.size < 0) throw Error(fmt::format("the dataset says that it has {} samples", args.size));
  if (pass_rows_ < 0 || pass_padding_ < 0 || pass_padding_ > pass_rows_)
    throw Error(fmt::format("{} gives {} rows, {} of them padding", name_of(sampler_), pass_rows_, pass_padding_));
  if (full_length_ < 0) throw Error(fmt::format("{} makes {} batches", name_of(batch_sampler_), full_length_));
}

int64_t RowOrder::last_batch_rows() const {
  if (sampler_->is_endless() || length_ < full_length_) return -1;
  return batch_sampler_->last_batch_rows(pass_rows_);
}

std::vector<int64_t> RowOrder::order_of(int64_t sampler_pass) {
  std::vector<int64_t> order = sampler_->order(sampler_pass);
  if (static_cast<int64_t>(order.size()) != pass_rows_)
    throw Error(fmt::format("{} gave {} rows for pass {}; its length is {}", name_of(sampler_), order.size(),
                            sampler_pass, pass_rows_));
  for (const int64_t index : order)
    if (index < 0 || index >= args_.size)
      throw Error(
          fmt::format("{} gave the index {}; the dataset has {} samples", name_of(sampler_), index, args_.size));
  return order;
}

BatchCut RowOrder::cut_of(const std::vector<int64_t>& order, BatchSampler::Rest rest) const {
  BatchCut cut = batch_sampler_->cut(order, args_.dataset, rest);
  const auto rows = static_cast<int64_t>(order.size());
  for (const int64_t place : cut.places)
    if (place < 0 || place >= rows)
      throw Error(
          fmt::format("{} put the row {} into a batch; the pass has {} rows", name_of(batch_sampler_), place, rows));
  int64_t end = 0;
  for (const int64_t next : cut.ends) end = next < end ? INT64_MAX : next;
  if (end > static_cast<int64_t>(cut.places.size()))
    throw Error(fmt::format("{} made batches that do not lie one after the other in its {} places",
                            name_of(batch_sampler_), cut.places.size()));
  return cut;
}

void RowOrder::cut_pass(int64_t sampler_pass) {
  sampler_pass_ = -1;  // if anything throws
  order_ = order_of(sampler_pass);
  cut_ = cut_of(order_, BatchSampler::Rest::last_batches);
  if (static_cast<int64_t>(cut_.ends.size()) != full_length_)
    throw Error(fmt::format("{} made {} batches of pass {}; its length is {}", name_of(batch_sampler_),
                            cut_.ends.size(), sampler_pass, full_length_));
  sampler_pass_ = sampler_pass;
}

void RowOrder::cut_next_of_endless() {
  std::vector<bool> is_used(order_.size());
  for (const int64_t place : cut_.places) is_used[static_cast<size_t>(place)] = true;
  std::vector<Row> left_over;
  std::vector<int64_t> order;
  for (size_t place = 0; place < order_.size(); ++place) {
    if (is_used[place]) continue;
    left_over.push_back(row_at(static_cast<int64_t>(place)));
    order.push_back(order_[place]);
  }
  const std::vector<int64_t> next = order_of(sampler_pass_ + 1);
  if (next.empty()) throw Error(fmt::format("{} gives no rows: there would never be a batch", name_of(sampler_)));
  order.insert(order.end(), next.begin(), next.end());
  BatchCut cut = cut_of(order, BatchSampler::Rest::next_pass);
  first_batch_ += static_cast<int64_t>(cut_.ends.size());
  ++sampler_pass_;
  order_ = std::move(order);
  left_over_ = std::move(left_over);
  cut_ = std::move(cut);
}

Row RowOrder::row_at(int64_t place) const {
  const auto old_rows = static_cast<int64_t>(left_over_.size());
  if (place < old_rows) return left_over_[static_cast<size_t>(place)];
  const int64_t index = order_[static_cast<size_t>(place)];
  const int64_t own_place = place - old_rows;
  const int64_t ordinal = (sampler_pass_ * pass_places_ + own_place) * args_.world_size + args_.rank;
  return {index, own_place < pass_rows_ - pass_padding_ ? index : -1, static_cast<uint64_t>(ordinal)};
}

void RowOrder::read(int64_t pass, int64_t batch, std::vector<Row>& rows) {
  rows.clear();
  if (sampler_->is_endless()) {
    const int64_t number = pass * length_ + batch;
    if (number < first_batch_) {
      sampler_pass_ = -1;
      order_.clear();
      left_over_.clear();
      cut_ = {};
      first_batch_ = 0;
    }
    while (number - first_batch_ >= static_cast<int64_t>(cut_.ends.size())) cut_next_of_endless();
    batch = number - first_batch_;
  } else if (sampler_pass_ != pass) {
    cut_pass(pass);
  }
  const auto b = static_cast<size_t>(batch);
  for (int64_t i = b == 0 ? 0 : cut_.ends[b - 1]; i < cut_.ends[b]; ++i)
    rows.push_back(row_at(cut_.places[static_cast<size_t>(i)]));
}

}  // namespace millrace
