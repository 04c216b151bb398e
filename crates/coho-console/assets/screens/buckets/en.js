export default {
  title: 'Buckets',
};
