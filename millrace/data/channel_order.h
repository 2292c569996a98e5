#pragma once

#include "millrace/data/imaging.h"
#include "millrace/structures/sample.h"

namespace millrace {

// The order of the three colours of `img`, in the field `channel_order` ('bgr' or 'rgb') of a sample and of a batch.
// Code that loads an image writes it, code that swaps channels changes it, code that shows the image reads it.

void set_channel_order(Sample& sample, ImageReading::Order order);
/// Call it after swapping the channels of `img`. A sample without the field stays without.
void turn_channel_order(Sample& sample);
/// The order for the image of a sample or a row; rgb without the field, as in tensors of your own program. Throws Error
/// for another text.
ImageReading::Order channel_order(const Sample& row);

}  // namespace millrace
