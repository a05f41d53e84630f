/** How a file of a model's external data is named by those who publish or check it. */
import { Field, InputType } from 'type-graphql';

@InputType({ description: 'An external data file that the tensors refer to; its bytes must be uploaded first.' })
export class ExternalDataInput {
  @Field(() => String, {
    description: 'Location as written in the tensors: a file in the folder of the model or below it.',
  })
  location!: string;

  @Field(() => String, { description: 'Digest of the bytes, sha256:….' })
  digest!: string;
}
